import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import type { StagedDelivery } from "@plumbline/core";
import { describe, expect, test } from "vitest";
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
  await expect(staged.abort()).rejects.toMatchObject({ name: "RetryableError" });
});

describe("a large file is on its way to the server's disk before its last byte is sent", () => {
  const LARGE = Buffer.alloc(17 * 1024 * 1024, "synced on the way. ");
  const FACTS = manifestFor("large.bin", LARGE);

  test("so that little is left when all of it must be there", async () => {
    const { destination, fixture } = await createScene({ verify: "size" });
    await destination.start();
    const staged = await stage(destination, FACTS.name, { size: LARGE.length });
    await staged.write(LARGE.subarray(0, -1));
    await staged.write(LARGE.subarray(-1));
    await staged.verify(FACTS);
    const { requests } = fixture.server;
    expect(requests.indexOf("fsync@openssh.com", requests.indexOf("write"))).toBeLessThan(
      requests.lastIndexOf("write"),
    );
    expect(requests.lastIndexOf("fsync@openssh.com")).toBeGreaterThan(requests.lastIndexOf("write"));
    await staged.abort();
  });

  test("and a failure on the way counts, whatever the last sync says: the system tells a lost write once", async () => {
    const { destination, fixture } = await createScene({ verify: "size" });
    await destination.start();
    const staged = await stage(destination, FACTS.name, { size: LARGE.length });
    let syncs = 0;
    fixture.server.fault = (request) =>
      request === "fsync@openssh.com" && ++syncs === 1 ? { status: 4, message: "no" } : undefined;
    await staged.write(LARGE);
    await staged.write(new Uint8Array(0));
    await expect(staged.verify(FACTS)).rejects.toMatchObject({ code: "PLB_SFTP_REFUSED" });
    await staged.abort();
  });
});
