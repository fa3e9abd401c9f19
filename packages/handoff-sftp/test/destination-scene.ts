import type { Destination, DeliveryRequest, HandoffManifest, StagedDelivery } from "@plumbline/core";
import { createManifest } from "@plumbline/handoff";
import { createTestContext } from "@plumbline/testing";
import { createHash } from "node:crypto";
import { onTestFinished } from "vitest";
import { createSftpDestination, type SftpSettings } from "../src/index.ts";
import { createSftpFixture, type SftpFixture } from "./sftp-fixture.ts";

/** A server, and a destination that has been started there unless `start` is false. Both end with the test. */
export async function createScene(
  options: Partial<SftpSettings> = {},
  prepare: (fixture: SftpFixture) => void = () => undefined,
): Promise<{ readonly fixture: SftpFixture; readonly destination: Destination }> {
  const fixture = await createSftpFixture();
  onTestFinished(() => fixture.close());
  prepare(fixture);
  const settings = { ...fixture.options, ...options } as unknown as SftpSettings;
  const destination = await createSftpDestination(settings, createTestContext());
  onTestFinished(async () => destination.close());
  return { fixture, destination };
}

/** Bytes that differ from place to place. */
export function contentOf(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 0xff));
}

export function manifestFor(name: string, content: Uint8Array): HandoffManifest {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return createManifest({ name, size: content.length, sha256, guarantee: "committed", createdMicros: 1e15 });
}

export function stage(
  destination: Destination,
  name: string,
  request: Partial<DeliveryRequest> = {},
): Promise<StagedDelivery> {
  const whole = { name, size: undefined, overwrite: "never" as const, owner: "tester", ...request };
  return destination.stage(whole, new AbortController().signal);
}

/** Staged, written and verified. */
export async function prepare(
  destination: Destination,
  name: string,
  content: Uint8Array,
  request: Partial<DeliveryRequest> = {},
): Promise<StagedDelivery> {
  const staged = await stage(destination, name, request);
  await staged.write(content);
  await staged.verify(manifestFor(name, content));
  return staged;
}
