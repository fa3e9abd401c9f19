import type { EventInput } from "@plumbline/core";
import type { Component } from "../component.ts";

/**
 * Lets the events of a source in or not: two that bring the same events may run at once while one takes over from the other, and each event is to
 * be taken from one of them.
 */
export class SourceGates {
  readonly #emit: (event: EventInput) => void;
  readonly #open = new WeakSet<object>();

  constructor(emit: (event: EventInput) => void) {
    this.#emit = emit;
  }

  start({ instance }: Component<"source">): void | Promise<void> {
    return instance.start((event) => {
      if (this.#open.has(instance)) this.#emit(event);
    });
  }

  open({ instance }: Component<"source">): void {
    this.#open.add(instance);
  }

  shut({ instance }: Component<"source">): void {
    this.#open.delete(instance);
  }
}
