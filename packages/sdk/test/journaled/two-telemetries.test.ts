import { join } from "node:path";
import { definePlugin, type EventLine, type OutputReport, type Sink } from "@plumbline/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { start, type Telemetry } from "../../src/index.ts";
import { readLines } from "../child.ts";
import { scratch } from "../scratch.ts";

const LONG = { timeout: 20_000 };

/** What sinks of one name were given, and how many of them were written to at once. */
class FarSide {
  readonly lines: EventLine[] = [];
  mostAtOnce = 0;
  #writing = 0;
  #isOpen: Promise<void> = Promise.resolve();

  /** No write ends until the function that this gives is called. */
  block(): () => void {
    let release = (): void => undefined;
    this.#isOpen = new Promise((resolve) => (release = resolve));
    return release;
  }

  create(): Sink {
    return {
      write: async (batch) => {
        this.#writing += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.#writing);
        await new Promise(setImmediate);
        await this.#isOpen;
        this.lines.push(...batch);
        this.#writing -= 1;
      },
      close: () => undefined,
    };
  }

  get names(): readonly (string | undefined)[] {
    return this.lines.map(({ name }) => name);
  }
}

async function begin(cwd: string, far: FarSide): Promise<Telemetry> {
  const use = definePlugin({ id: "far", kind: "sink", apiVersion: 1, create: () => far.create() });
  const telemetry = await start({
    cwd,
    env: {},
    handleSignals: false,
    flushOnExit: false,
    service: { name: "shop" },
    journal: { path: "shop.jsonl" },
    sinks: { far: { use, delivery: "journal", batch: { maxDelay: "0ms", maxCount: 7 } } },
  });
  onTestFinished(() => telemetry.close());
  return telemetry;
}

function emit(telemetry: Telemetry, name: string, count: number): readonly string[] {
  const names = Array.from({ length: count }, (_, n) => `${name}.${n}`);
  for (const each of names) telemetry.emit(each);
  return names;
}

function accountOf(telemetry: Telemetry): OutputReport {
  const account = telemetry.report().outputs.find(({ name }) => name === "far");
  if (account === undefined) throw new Error("no account of far");
  const dropped = Object.values(account.dropped).reduce((sum, count) => sum + count, 0);
  const { accepted, adopted, delivered, inFlight, queued, filtered } = account;
  expect(accepted + adopted).toBe(delivered + inFlight + queued + filtered + dropped);
  return account;
}

const troubleOf = (telemetry: Telemetry): unknown => telemetry.report().services[0]?.status["trouble"];

describe("two telemetries of one process on one journal", () => {
  test("write one file in one order; one reads it at a time, and whoever is left goes on: nothing lost, nothing twice", async () => {
    const cwd = scratch();
    const far = new FarSide();
    const first = await begin(cwd, far);
    const second = await begin(cwd, far);
    const [one, two] = [first.report().journal, second.report().journal];
    expect(two).toMatchObject({ slot: 1, path: one?.path, epoch: one?.epoch });
    const emitted = [...emit(first, "first", 40), ...emit(second, "second", 40)];
    await first.flush();
    expect(troubleOf(second)).toBe("PLB_STREAM_LEASED");

    emitted.push(...emit(first, "at the end", 20));
    await first.close();
    emitted.push(...emit(second, "alone", 20));
    const third = await begin(cwd, far);
    emitted.push(...emit(third, "third", 20));
    await expect.poll(() => far.lines.length, LONG).toBe(emitted.length);
    await second.close();
    await third.close();

    expect(new Set(far.names)).toEqual(new Set(emitted));
    expect(far.names).toHaveLength(emitted.length);
    expect(far.mostAtOnce).toBe(1);
    const written = readLines(join(cwd, "shop.jsonl"));
    expect(far.lines.map(({ id }) => id)).toEqual(written.map(({ id }) => id));
    expect(written).toHaveLength(emitted.length);
    const accounts = [first, second, third].map(accountOf);
    expect(accounts.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(emitted.length);
    expect(accounts.map(({ redelivered, dropped }) => [redelivered, dropped])).toEqual(accounts.map(() => [0, {}]));
  });

  test("what the one has delivered does not wait in the account of the other, before and after it goes on", async () => {
    const cwd = scratch();
    const far = new FarSide();
    const first = await begin(cwd, far);
    const second = await begin(cwd, far);
    emit(first, "first", 30);
    emit(second, "second", 30);
    await expect.poll(() => far.lines.length, LONG).toBe(60);
    await expect.poll(() => accountOf(second), LONG).toMatchObject({ queued: 0, delivered: 0 });
    await first.close();
    emit(second, "alone", 10);
    await second.flush();
    expect(accountOf(second)).toMatchObject({ queued: 0, delivered: 10, accepted: 10, adopted: 0 });
  });

  test("a flush of the one that waits resolves when the other has delivered what was emitted", async () => {
    const cwd = scratch();
    const far = new FarSide();
    await begin(cwd, far);
    const second = await begin(cwd, far);
    const emitted = emit(second, "second", 30);
    await second.flush({ timeoutMs: 20_000 });
    expect(far.names).toEqual(emitted);
    expect(troubleOf(second)).toBe("PLB_STREAM_LEASED");
    expect(accountOf(second)).toMatchObject({ queued: 0, delivered: 0 });
  });

  test("a flush of the one that waits says what it waits for, where the other does not deliver in time", async () => {
    const cwd = scratch();
    const far = new FarSide();
    const release = far.block();
    await begin(cwd, far);
    const second = await begin(cwd, far);
    emit(second, "second", 3);
    const flushed = second.flush({ timeoutMs: 100 });
    await expect(flushed).rejects.toMatchObject({
      code: "PLB_FLUSH_INCOMPLETE",
      message: expect.stringContaining("far (PLB_STREAM_LEASED)") as string,
      details: { outputs: { far: "PLB_STREAM_LEASED" } },
    });
    release();
    await second.flush({ timeoutMs: 20_000 });
    expect(far.lines).toHaveLength(3);
  });

  test("one that never came to read leaves as its own only what nobody has settled", async () => {
    const cwd = scratch();
    const far = new FarSide();
    const first = await begin(cwd, far);
    const second = await begin(cwd, far);
    emit(second, "second", 30);
    await expect.poll(() => accountOf(first), LONG).toMatchObject({ adopted: 30, delivered: 30, queued: 0 });
    // Only then is it certain that its cursor is on disk.
    await first.close();
    await second.close();
    expect(accountOf(second)).toMatchObject({ queued: 0, delivered: 0 });
  });
});
