import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/**
 * Writes events whose every text is a slice of a raw text that holds a secret, with a redactor that leaves ropes of slices and a last
 * match behind, drops the raw values, and looks for the secret in a snapshot of the heap. Prints how many strings hold it.
 */
const script = `
import v8 from "node:v8";
import { createLineWriter, DEFAULT_LIMITS, createSystemClock } from "@plumbline/core";

const secretOf = () => ["swordfish", "wanda"].map((part) => [...part].reverse().join("")).join("-");
const secret = /hsif[d]rows-adnaw/g;
const redactor = {
  key: (name) => ({ name: redactor.text(name), rule: name === "password" ? { id: "key" } : undefined }),
  text(value) {
    const at = value.search(secret);
    return at < 0 ? value : value.slice(0, at) + "[redacted:word]" + value.slice(at + 15);
  },
  replace: () => "[redacted:key]",
  hasPathRules: false,
  allows: () => false,
  counts: () => ({}),
};
const writer = createLineWriter({ clock: createSystemClock(), limits: DEFAULT_LIMITS, redactor, resource: { a: 1 } });
const queue = [];
const held = [];

function emit(n) {
  const raw = ["an event with number", n, "and with a", secretOf(), "in the middle of its text, and more after it"].join(" ");
  // Each time a slice of its own: V8 swaps one that becomes a property's name for a flat copy.
  const before = () => raw.slice(0, 24);
  const after = () => raw.slice(-24);
  const error = new Error(raw);
  error.stack = raw;
  queue.push(
    writer.write(
      {
        name: before(),
        body: n % 2 ? raw : after(),
        attributes: {
          before: before(), after: after(), raw, list: [before(), raw], password: raw,
          map: new Map([[before(), after()], [raw, 1]]), [after()]: before(), quote: before() + '"', wide: after() + "\\u2192",
        },
        error: n % 3 === 0 ? error : undefined,
        scope: { name: after(), version: before() },
      },
      9,
    ),
  );
  if (process.argv[1] === "hold" && n === 7) held.push(raw.slice(2, 40));
}
for (let n = 0; n < 200; n++) emit(n);
await new Promise((resolve) => setTimeout(resolve, 10));
gc();
const chunks = [];
// Not by an iterator: under Node 20.19 that of a snapshot never ends.
await new Promise((resolve) => v8.getHeapSnapshot().on("data", (chunk) => chunks.push(chunk)).on("end", resolve));
const { strings } = JSON.parse(Buffer.concat(chunks.map((chunk) => Buffer.from(chunk))).toString());
const found = strings.filter((text) => text.includes(secretOf()));
const lines = strings.filter((text) => text.includes("[redacted:word]"));
console.log(JSON.stringify({ found: found.length, lines: lines.length, queued: queue.length, held: held.length }));
`;

async function run(...mode: string[]): Promise<unknown> {
  const options = { cwd: new URL("../..", import.meta.url), timeout: 60_000 };
  const args = ["--expose-gc", "--input-type=module", "--eval", script, "--", ...mode];
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  return JSON.parse(stdout) as unknown;
}

test("queued lines keep nothing of the raw texts reachable", async () => {
  const result = await run();
  expect(result).toMatchObject({ found: 0, queued: 200 });
  expect((result as { lines: number }).lines).toBeGreaterThanOrEqual(200);
});

test("the search finds a slice that is kept", async () => {
  expect(await run("hold")).toMatchObject({ found: 1, held: 1 });
});
