import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import type { StagedDelivery } from "@plumbline/core";
import { expect, test } from "vitest";
import { contentOf, createScene, manifestFor, stage } from "./destination-scene.ts";
import type { SftpFixture } from "./sftp-fixture.ts";

const CONTENT = contentOf(5 * 1024 * 1024 + 17);
/** The server answers with a little less than it is asked for, so that each part takes two requests. */
const READS = (2 * CONTENT.length) / 31_952;
const MANIFEST = manifestFor("large.bin", CONTENT);

async function written(
  size: number | undefined,
  windowBytes = 256 * 1024,
): Promise<{ fixture: SftpFixture; staged: StagedDelivery }> {
  const { destination, fixture } = await createScene({ windowBytes });
  await destination.start();
  const staged = await stage(destination, MANIFEST.name, { size });
  for (let at = 0; at < CONTENT.length; at += 1_000_000) await staged.write(CONTENT.subarray(at, at + 1_000_000));
  return { fixture, staged };
}

function readsOf({ server }: SftpFixture): number {
  return server.requests.filter((name) => name === "read").length;
}

async function flipFirstByte({ staging }: SftpFixture, { ref }: StagedDelivery): Promise<void> {
  const handle = await open(join(staging, basename(ref)), "r+");
  await handle.write(Buffer.from([(CONTENT[0] ?? 0) ^ 1]), 0, 1, 0);
  await handle.close();
}

test("a large file is read back while it is written, and once", async () => {
  const { fixture, staged } = await written(CONTENT.length);
  const { requests } = fixture.server;
  expect(requests.indexOf("read")).toBeGreaterThan(0);
  expect(requests.indexOf("read")).toBeLessThan(requests.lastIndexOf("write"));
  expect(await staged.verify(MANIFEST)).toBe("read-back");
  expect(readsOf(fixture)).toBeLessThan(1.2 * READS);
  expect(await staged.publish(MANIFEST)).toBe("published");
  expect(CONTENT.equals((await fixture.read(MANIFEST.name)) ?? Buffer.alloc(0))).toBe(true);
});

test("one that fits into the window as a whole is read back once, too", async () => {
  const { fixture, staged } = await written(CONTENT.length, 8 * 1024 * 1024);
  expect(await staged.verify(MANIFEST)).toBe("read-back");
  expect(readsOf(fixture)).toBeLessThan(1.2 * READS);
  await staged.abort();
});

test.each([CONTENT.length, undefined])(
  "a byte changed after it was read back is found (size given: %s)",
  async (size) => {
    const { fixture, staged } = await written(size);
    await flipFirstByte(fixture, staged);
    await expect(staged.verify(MANIFEST)).rejects.toMatchObject({ code: "PLB_HANDOFF_MISMATCH" });
    await staged.abort();
  },
);

test.each([
  ["keeps no times", 0],
  ["refuses to set them", 3],
])("a server that %s has it read twice, and it is verified all the same", async (_what, status) => {
  const { destination, fixture } = await createScene({ windowBytes: 256 * 1024 });
  await destination.start();
  const staged = await stage(destination, MANIFEST.name, { size: CONTENT.length });
  const from = fixture.server.requests.length;
  fixture.server.fault = (request) => (request === "fsetstat" ? { status } : undefined);
  await staged.write(CONTENT);
  expect(await staged.verify(MANIFEST)).toBe("read-back");
  expect(fixture.server.requests.slice(from)).toContain("fsetstat");
  expect(readsOf(fixture)).toBeGreaterThan(1.8 * READS);
});

test("a connection that is cut while it is read back is told by verify, as lost", async () => {
  const { fixture, staged } = await written(CONTENT.length);
  fixture.server.cut();
  await expect(staged.verify(MANIFEST)).rejects.toMatchObject({ name: "RetryableError" });
  await staged.abort();
});
