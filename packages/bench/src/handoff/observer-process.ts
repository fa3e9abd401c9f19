import { openSync, closeSync, fstatSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

const LOOK_EVERY_MS = 5;
const CHUNK_BYTES = 1024 * 1024;

const chunks = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)] as const;

function main(from: string, to: string): void {
  const expected = new Set(readdirSync(from));
  let early = 0;
  const look = (): void => {
    for (const name of readdirSync(to)) {
      // What was taken once is not looked at again: that is what makes it a loss over there.
      if (expected.delete(name) && !isWhole(join(from, name), join(to, name))) early += 1;
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  process.on("message", () => {
    clearInterval(timer);
    look();
    process.send?.(early);
  });
  process.on("disconnect", () => process.exit());
  process.send?.("ready");
}

function isWhole(from: string, to: string): boolean {
  const [sent, seen] = [openSync(from, "r"), openSync(to, "r")];
  try {
    return fstatSync(sent).size === fstatSync(seen).size && haveSameContent(sent, seen);
  } finally {
    closeSync(sent);
    closeSync(seen);
  }
}

function haveSameContent(sent: number, seen: number): boolean {
  for (let at = 0; ;) {
    const count = readSync(sent, chunks[0], 0, CHUNK_BYTES, at);
    if (readSync(seen, chunks[1], 0, CHUNK_BYTES, at) !== count) return false;
    if (count === 0) return true;
    if (!chunks[0].subarray(0, count).equals(chunks[1].subarray(0, count))) return false;
    at += count;
  }
}

main(process.argv[2] ?? "", process.argv[3] ?? "");
