import { createHash } from "node:crypto";
import type {
  Destination,
  DestinationAbility,
  HandoffManifest,
  OverwriteRule,
  PublishOutcome,
  StagedDelivery,
} from "@plumbline/core";
import { createManifest } from "@plumbline/handoff";
import type { Operation, refuse } from "@plumbline/stand-ins";
import { onTestFinished } from "vitest";
import { createS3Destination } from "../src/index.ts";
import { createInstantClock } from "./instant-clock.ts";
import { createStandInFixture, PART_BYTES, type StandInFixture } from "./s3-fixture.ts";

export const SMALL: Buffer = contentOf(1000);
export const LARGE: Buffer = contentOf(PART_BYTES * 3 + 17);

export interface S3Scene {
  readonly fixture: StandInFixture;
  readonly destination: Destination;
  readonly ability: DestinationAbility;
  readonly clock: ReturnType<typeof createInstantClock>;
  /** Lets the deadline of `close` pass. */
  readonly deadline: AbortController;
}

/** A started destination, and its far side unless one is given; both end with the test. */
export async function start(
  options: Readonly<Record<string, unknown>> = {},
  fixture?: StandInFixture,
): Promise<S3Scene> {
  const far = fixture ?? (await createStandInFixture());
  onTestFinished(async () => far.close?.());
  const clock = createInstantClock();
  const deadline = new AbortController();
  const context = { clock, signal: deadline.signal };
  const destination = createS3Destination({ ...far.options, partBytes: PART_BYTES, ...options }, context);
  onTestFinished(async () => destination.close());
  return { fixture: far, destination, ability: await destination.start(), clock, deadline };
}

/** Staged, written and verified; what fails on the way is aborted. */
export async function stage(
  destination: Destination,
  name: string,
  content: Uint8Array,
  overwrite: OverwriteRule = "same",
  owner = "test",
): Promise<StagedDelivery> {
  const staged = await destination.stage(
    { name, size: content.length, overwrite, owner },
    new AbortController().signal,
  );
  try {
    await staged.write(content);
    await staged.verify(manifestOf(name, content));
    return staged;
  } catch (error) {
    await staged.abort();
    throw error;
  }
}

export async function deliver(
  destination: Destination,
  name: string,
  content: Uint8Array,
  overwrite?: OverwriteRule,
): Promise<PublishOutcome> {
  return (await stage(destination, name, content, overwrite)).publish(manifestOf(name, content));
}

export function failFinal(
  fixture: StandInFixture,
  operation: Operation,
  fault: ReturnType<typeof refuse> | "reset",
  times = 1,
): void {
  let left = times;
  fixture.server.fault = (request) =>
    request.operation === operation && isFinal(request.key) && left-- > 0 ? fault : undefined;
}

export function isFinal(key: string): boolean {
  return !key.includes(".plumbline-handoff/");
}

export function isPublish(
  operation: Operation,
): (request: { readonly operation: Operation; readonly key: string }) => boolean {
  return (request) => request.operation === operation && isFinal(request.key);
}

export function manifestOf(name: string, content: Uint8Array): HandoffManifest {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return createManifest({
    name,
    size: content.length,
    sha256,
    guarantee: "committed",
    createdMicros: 1_700_000_000_000_000,
  });
}

export function contentOf(size: number, seed = 1): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8) * seed + seed) & 0xff));
}

/** What waits until it is opened. */
export function createGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
