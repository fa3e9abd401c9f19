import { writeSync } from "node:fs";

/** What a child process says while it lives: lines of JSON on a pipe, each written before the next thing happens. */
export type Message =
  | { readonly type: "ready" }
  /** Everything up to `n` was handed over: the calls have returned. */
  | { readonly type: "logged"; readonly writer: string; readonly n: number }
  /** These were acknowledged, each with its id where it got one. */
  | {
      readonly type: "acknowledged";
      readonly writer: string;
      readonly events: readonly (readonly [n: number, id: string | null])[];
    }
  /** The sink says that it did not keep so many events. */
  | { readonly type: "dropped"; readonly count: number }
  /** What became of a claim to a file: it is owned now, it has another owner, or something that must not be. */
  | {
      readonly type: "claim";
      readonly claimant: string;
      readonly round: number;
      readonly outcome: "won" | "refused" | "fault";
      readonly detail: string;
    }
  /** A step of the act is done. */
  | { readonly type: "step"; readonly name: string }
  /** Something that was measured. */
  | { readonly type: "figure"; readonly name: string; readonly value: number };

/** Says something to whoever runs this process. */
export type Tell = (message: Message) => void;

/** The descriptor of the pipe in the child. */
export const CHANNEL_FD = 3;

/** Writes whole messages to the pipe; what it has returned from is in the kernel and outlives a SIGKILL. */
export function createTell(fd: number): Tell {
  return (message) => {
    const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
    for (let done = 0; done < bytes.length;) {
      try {
        done += writeSync(fd, bytes, done);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      }
    }
  };
}

/** Turns the bytes of the pipe back into messages. A last one without its newline was never said. */
export function createListener(onMessage: (message: Message) => void): (bytes: Buffer) => void {
  let rest = "";
  return (bytes) => {
    const lines = (rest + bytes.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onMessage(JSON.parse(line) as Message);
  };
}
