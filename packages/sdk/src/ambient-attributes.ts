import { AsyncLocalStorage } from "node:async_hooks";
import type { AttributesInput } from "@plumbline/core";
import { mergeAttributes } from "./merge-attributes.ts";

/**
 * Attributes that belong to everything that runs inside a call, across its awaits. Until the first `run` nothing is stored and
 * a look costs one comparison.
 */
export class AmbientAttributes {
  #storage: AsyncLocalStorage<AttributesInput> | undefined;

  /** Runs `fn` with the attributes, laid over those of an outer call, and gives what it returns. What it throws goes on. */
  run<Result>(attributes: AttributesInput, fn: () => Result): Result {
    this.#storage ??= new AsyncLocalStorage();
    const outer = this.#storage.getStore();
    return this.#storage.run(mergeAttributes(undefined, outer, attributes), fn);
  }

  current(): AttributesInput | undefined {
    return this.#storage?.getStore();
  }
}
