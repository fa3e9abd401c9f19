import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { ClaimPool } from "../src/claim-pool.ts";
import { Observed } from "../src/observed.ts";
import { createWorkshop } from "../src/workshop.ts";

// What starts processes runs on `dist`: they are started from beside it.
const dist = (await import(new URL("../dist/claim-pool.js", import.meta.url).href)) as {
  readonly ClaimPool: typeof ClaimPool;
};

test.runIf(process.platform === "linux")("the witness sees two owners where there are two", async () => {
  const workshop = createWorkshop({ keep: false });
  const folder = workshop.folder("claims");
  onTestFinished(() => workshop.clear(folder));
  const pool = new dist.ClaimPool(new Observed(), workshop);
  const start = (name: string, file: string): Promise<void> =>
    pool.start(
      name,
      {
        contender: "plumbline-written",
        open: { path: join(folder, file) },
        act: { name: "claims", claimants: [`${name}a`, `${name}b`], witness: folder },
      },
      undefined,
    );
  await start("p", "one.jsonl");
  const one = await pool.claim(1, undefined, () => Promise.resolve());
  expect(one.map(({ outcome }) => outcome).toSorted()).toEqual(["refused", "won"]);
  // Planted: another file under the same witness is owned as well, as if it were the same.
  await start("q", "other.jsonl");
  const holder = one.find(({ outcome }) => outcome === "won")?.claimant;
  const two = await pool.claim(2, holder, () => Promise.resolve());
  expect(two.filter(({ outcome }) => outcome === "fault").map(({ detail }) => detail)).toEqual([
    "the file has two owners",
  ]);
  expect((await pool.end()).map(({ code }) => code)).toEqual([0, 0]);
});
