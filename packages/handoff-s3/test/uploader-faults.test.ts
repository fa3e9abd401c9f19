import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Destination, HandoffManifest } from "@plumbline/core";
import { createDirectoryPickup, createUploader, type HandoffEvent, type Uploader } from "@plumbline/handoff";
import { refuse } from "@plumbline/stand-ins";
import { expect, onTestFinished, test } from "vitest";
import { PREFIX } from "./s3-fixture.ts";
import { isFinal, manifestOf, SMALL, stage, start } from "./s3-scene.ts";

const ATTEMPTS = 2;

/** Runs an uploader of a folder with these files until it has handed them on, after a run that ended while `leftOpen` was being published. */
async function handOn(
  destination: Destination,
  names: readonly string[],
  leftOpen?: HandoffManifest,
): Promise<{ readonly counts: Uploader["counts"]; readonly events: readonly HandoffEvent[] }> {
  const base = await mkdtemp(join(tmpdir(), "plumbline-s3-faults-"));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  await mkdir(join(base, "from"));
  for (const name of names) await writeFile(join(base, "from", name), name);
  if (leftOpen !== undefined) {
    const left = ["left", { kind: "publishing", manifest: leftOpen, verified: "server" }];
    await mkdir(join(base, "state"), { mode: 0o700 });
    await writeFile(join(base, "state", "deliveries.jsonl"), `${JSON.stringify(left)}\n`);
  }
  const events: HandoffEvent[] = [];
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: join(base, "from"), commit: "rename", once: true }),
    destination,
    stateDirectory: join(base, "state"),
    attempts: ATTEMPTS,
    retryMs: 1,
    maxRetryMs: 2,
    onEvent: (event) => events.push(event),
  });
  try {
    await uploader.start();
    await uploader.run(AbortSignal.timeout(20_000));
  } finally {
    await uploader.close();
  }
  return { counts: uploader.counts, events };
}

test.each([
  [401, "ExpiredToken"],
  [403, "AccessDenied"],
] as const)(
  "%d %s for all: credentials are the destination's trouble, and cost no file its attempts",
  async (status, code) => {
    const { destination, fixture } = await start();
    let refusals = 0;
    fixture.server.fault = ({ operation, key }) =>
      operation === "PutObject" && isFinal(key) && ++refusals <= 8 ? refuse(status, code) : undefined;
    const { counts, events } = await handOn(destination, ["a.bin", "b.bin"]);
    expect(refusals).toBeGreaterThan(8);
    expect(counts).toMatchObject({ delivered: 2, aside: 0 });
    expect(events).toContainEqual(expect.objectContaining({ kind: "retry", code: "PLB_S3_REFUSED" }));
  },
);

test("never: a manifest of the very content that stands there is not taken back, whoever wrote it first", async () => {
  const { destination, fixture } = await start();
  const manifest = manifestOf("a.bin", SMALL);
  const staged = await stage(destination, "a.bin", SMALL, "never");
  // Somebody else publishes it between our manifest, which theirs relies on, and our object.
  fixture.server.put(`${PREFIX}a.bin`, SMALL);
  await expect(staged.publish(manifest)).rejects.toMatchObject({ code: "PLB_HANDOFF_NAME_TAKEN" });
  await staged.abort();
  const ids = [];
  for await (const { id } of destination.manifests()) ids.push(id);
  expect(ids).toEqual([manifest.id]);
});

test("an object that may not be looked at fails no start: its publish stays open, and other files are handed on", async () => {
  const { destination, fixture } = await start();
  let refusals = 0;
  fixture.server.fault = ({ operation, key }) => {
    if (operation !== "HeadObject" || key !== `${PREFIX}hidden.bin`) return undefined;
    refusals += 1;
    return refuse(403, "AccessDenied");
  };
  const { counts } = await handOn(destination, ["a.bin"], manifestOf("hidden.bin", SMALL));
  expect(refusals).toBe(1);
  expect(counts).toMatchObject({ delivered: 1, aside: 0 });
});
