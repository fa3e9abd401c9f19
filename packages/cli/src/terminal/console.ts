import type { Clock } from "@plumbline/core";
import type { Colours } from "./colour.ts";
import type { Interruptions } from "./interruptions.ts";
import type { Output } from "./output.ts";
import type { Progress } from "./progress.ts";

/** All that a command knows of the world outside the file system; a test hands in its own. */
export interface Console {
  /** Standard input, in chunks. */
  readonly input: AsyncIterable<Uint8Array>;
  readonly out: Output;
  readonly err: Output;
  /** For what goes to `out`. */
  readonly colours: Colours;
  /** For what goes to `err`. */
  readonly errColours: Colours;
  readonly progress: Progress;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  readonly interruptions: Interruptions;
}
