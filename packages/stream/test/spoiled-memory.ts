import { ReadMemory } from "../src/read-memory.ts";

/** Whoever looks at what was given back sees nothing that was ever written. */
export class SpoiledMemory extends ReadMemory {
  override give(taken: Buffer): void {
    super.give(taken.fill(0xff));
  }
}
