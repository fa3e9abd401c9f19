import { S3Client } from "@aws-sdk/client-s3";
import type { Destination, StagedDelivery } from "@plumbline/core";
import { refuse, type S3Fault } from "@plumbline/stand-ins";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { PREFIX, type StandInFixture } from "./s3-fixture.ts";
import { createGate, deliver, isFinal, LARGE, manifestOf, stage, start } from "./s3-scene.ts";

describe("what a crash left", () => {
  test("an upload is aborted by its record, and those of others are left", async () => {
    const { fixture } = await start();
    const [mine, others] = [await start({}, fixture), await start({}, fixture)];
    await stage(mine.destination, "a.bin", LARGE, "same", "me");
    await stage(others.destination, "b.bin", LARGE, "same", "somebody-else");
    const { destination } = await start({}, fixture);
    expect(await destination.reap("me")).toBe(1);
    expect([...fixture.server.uploads.values()].map(({ key }) => key)).toEqual([`${PREFIX}b.bin`]);
  });
});

describe("an upload whose beginning was not answered", () => {
  test.each<S3Fault>(["drop-answer", refuse(504, "GatewayTimeout"), refuse(500, "InternalError")])(
    "is not begun twice, and is found by its key and time (%o)",
    async (fault) => {
      const { fixture, destination } = await start();
      let begun = 0;
      fixture.server.fault = async ({ operation, key }) => {
        if (operation !== "CreateUpload" || !isFinal(key) || ++begun > 1) return undefined;
        if (fault !== "drop-answer") beginUpload(fixture, key); // the work is done, and what answers tells something else
        return fault;
      };
      await expect(stage(destination, "a.bin", LARGE, "same", "me")).rejects.toMatchObject({ name: "RetryableError" });
      expect(begun).toBe(1);
      expect(fixture.server.uploads.size).toBe(1);
      await expect(deliver(destination, "a.bin", LARGE)).resolves.toBe("published");
      expect(await destination.reap("me")).toBe(1);
      expect(await fixture.staged()).toBe(0);
    },
  );

  test.each([refuse(503, "SlowDown"), refuse(429, "TooManyRequests")])(
    "is asked for again in its place where it was refused for now (%o)",
    async (fault) => {
      const { fixture, destination } = await start();
      fixture.server.failNext("CreateUpload", fault, 2);
      await expect(deliver(destination, "a.bin", LARGE)).resolves.toBe("published");
      expect(await fixture.staged()).toBe(0);
    },
  );

  test("leaves no record where it was refused for good", async () => {
    const { fixture, destination } = await start();
    fixture.server.failNext("CreateUpload", refuse(403, "AccessDenied"));
    await expect(stage(destination, "a.bin", LARGE)).rejects.toMatchObject({ code: "PLB_S3_REFUSED" });
    expect(await fixture.staged()).toBe(0);
  });

  test("is found where it was given up while it was on the wire, and came to be after that", async () => {
    const { fixture, destination } = await start();
    const [arrived, answered] = [createGate(), createGate()];
    fixture.server.fault = async ({ operation, key }) => {
      if (operation !== "CreateUpload" || !isFinal(key)) return undefined;
      arrived.open();
      await answered.opened;
      return undefined;
    };
    const stop = new AbortController();
    const request = { name: "a.bin", size: LARGE.length, overwrite: "same", owner: "me" } as const;
    const staged = await destination.stage(request, stop.signal);
    const writing = staged.write(LARGE).catch((error: unknown) => error);
    await arrived.opened;
    stop.abort();
    await staged.abort();
    expect(await writing).toMatchObject({ name: "AbortError" });
    answered.open();
    await expect.poll(() => fixture.server.uploads.size).toBe(1);
    expect(await destination.reap("me")).toBe(1);
    expect(await fixture.staged()).toBe(0);
  });

  test("keeps its record while another owner is about to begin one of the same key, and is found later", async () => {
    const { fixture, destination } = await start();
    const { destination: other } = await start({}, fixture);
    const loseOne = (): void => {
      let isDue = true;
      fixture.server.fault = ({ operation, key }) => {
        if (operation !== "CreateUpload" || !isFinal(key) || !isDue) return undefined;
        isDue = false;
        return "drop-answer";
      };
    };
    for (const [where, owner] of [[destination, "me"] as const, [other, "somebody-else"] as const]) {
      loseOne();
      await expect(stage(where, "a.bin", LARGE, "same", owner)).rejects.toMatchObject({ name: "RetryableError" });
    }
    expect(await destination.reap("me")).toBe(0);
    expect(fixture.server.uploads.size).toBe(2);
    const theirs = [...fixture.server.objects.keys()].find((key) => key.includes("/staging/somebody-else."));
    fixture.server.objects.delete(theirs ?? "");
    expect(await destination.reap("me")).toBe(1);
    expect(await fixture.staged()).toBe(0);
  });

  test("does not keep another leftover of its owner from being found", async () => {
    const { fixture, destination } = await start();
    for (let tries = 0; tries < 2; tries++) {
      fixture.server.failNext("CreateUpload", "drop-answer");
      await expect(stage(destination, "a.bin", LARGE, "same", "me")).rejects.toMatchObject({ name: "RetryableError" });
    }
    fixture.server.fault = undefined;
    expect(await destination.reap("me")).toBe(2);
    expect(await fixture.staged()).toBe(0);
  });
});

test("many uploads whose beginning was not answered cost two looks at each record, and one at the uploads of each key", async () => {
  const { fixture, destination } = await start();
  const { destination: other } = await start({}, fixture);
  const { server } = fixture;
  const lose = async (where: Destination, name: string, owner: string): Promise<void> => {
    server.fault = ({ operation, key }) => (operation === "CreateUpload" && isFinal(key) ? "drop-answer" : undefined);
    await expect(stage(where, name, LARGE, "same", owner)).rejects.toMatchObject({ name: "RetryableError" });
    server.fault = undefined;
  };
  const names = ["a.bin", "b.bin", "c.bin"];
  for (let time = 0; time < 4; time++) for (const name of names) await lose(destination, name, "me");
  await lose(other, "b.bin", "somebody-else");
  await stage(other, "a.bin", LARGE, "same", "somebody-else");
  server.requests.length = 0;
  expect(await destination.reap("me")).toBe(8);
  const times = (operation: string): number =>
    server.requests.filter((request) => request.operation === operation).length;
  expect(["ListUploads", "GetObject", "AbortUpload", "DeleteObject"].map(times)).toEqual([3, 2 * 14, 8, 8]);
  const left = [...server.uploads.values()].map(({ key }) => key.slice(PREFIX.length));
  expect(left.toSorted()).toEqual(["a.bin", ...Array<string>(5).fill("b.bin")]);
});

test("what a start left that was cut is removed by one that succeeds an hour later by the server's clock, and not before", async () => {
  const { fixture, destination } = await start({ attempts: 1 });
  const { server } = fixture;
  server.now = () => new Date(Date.now() - 7_200_000); // to our clock, what it has just made is two hours old
  const left = (): readonly number[] => [server.objects.size, server.uploads.size];
  server.fault = ({ operation }) => (/^(?:Delete|Abort)/.test(operation) ? "reset" : undefined);
  await expect(destination.start()).rejects.toMatchObject({ name: "RetryableError" });
  expect(left()).toEqual([1, 1]);
  server.fault = undefined;
  server.put(`${PREFIX}.plumbline-handoff/staging/.kept`, Buffer.alloc(1));
  await destination.start();
  expect(left()).toEqual([2, 1]);
  server.now = () => new Date(Date.now() - 3_500_000);
  await destination.start();
  expect([...server.objects.keys()]).toEqual([`${PREFIX}.plumbline-handoff/staging/.kept`]);
  expect(server.uploads.size).toBe(0);
});

describe("close", () => {
  test("gives up everything under way where the server is gone, ends the connection, and does not reject", async () => {
    const { fixture, destination } = await start({ attempts: 1 });
    const { destination: later } = await start({}, fixture);
    const open: StagedDelivery[] = [];
    for (const name of ["a.bin", "b.bin"]) open.push(await stage(destination, name, LARGE));
    const asked: string[] = [];
    fixture.server.fault = ({ operation, key }) => {
      if (operation === "AbortUpload") asked.push(key);
      return "reset";
    };
    await expect(open[0]?.abort()).rejects.toMatchObject({ name: "RetryableError" });
    const ended = vi.spyOn(S3Client.prototype, "destroy");
    onTestFinished(() => ended.mockRestore());
    await destination.close();
    expect(ended).toHaveBeenCalledTimes(1);
    await destination.close();
    expect(new Set(asked)).toEqual(new Set([`${PREFIX}a.bin`, `${PREFIX}b.bin`]));
    fixture.server.fault = undefined;
    expect(await later.reap("test")).toBe(2);
    expect(await fixture.staged()).toBe(0);
  });

  test("says what was refused for good, after all else was given up", async () => {
    const { fixture, destination } = await start();
    for (const name of ["a.bin", "b.bin"]) await stage(destination, name, LARGE);
    fixture.server.fault = ({ operation, key }) =>
      operation === "AbortUpload" && key === `${PREFIX}a.bin` ? refuse(403, "AccessDenied") : undefined;
    await expect(destination.close()).rejects.toMatchObject({ code: "PLB_S3_REFUSED" });
    expect([...fixture.server.uploads.values()].map(({ key }) => key)).toEqual([`${PREFIX}a.bin`]);
    fixture.server.fault = undefined;
  });

  test("what failed to be aborted is found by reap of the same instance", async () => {
    const { fixture, destination } = await start({ attempts: 1 });
    const staged = await stage(destination, "a.bin", LARGE);
    fixture.server.failNext("AbortUpload", "reset");
    await expect(staged.abort()).rejects.toMatchObject({ name: "RetryableError" });
    expect(await destination.reap("test")).toBe(1);
    expect(await fixture.staged()).toBe(0);
  });

  test.each(["AbortUpload", "DeleteObject"])("ends at its deadline though %s is never answered", async (operation) => {
    const { fixture, destination, deadline } = await start();
    await stage(destination, "a.bin", LARGE);
    const asked = createGate();
    fixture.server.fault = async (request) => {
      if (request.operation !== operation) return undefined;
      asked.open();
      return new Promise(() => undefined);
    };
    const closing = destination.close();
    await asked.opened;
    deadline.abort();
    await closing;
  });
});

test.each([".json", "manifests"])(
  "a signal ends what waits for a record (%s) that is never acknowledged",
  async (which) => {
    const { fixture, destination } = await start();
    const stop = new AbortController();
    const asked = createGate();
    fixture.server.fault = async ({ operation, key }) => {
      if (operation !== "PutObject" || !key.includes(which)) return undefined;
      asked.open();
      return new Promise(() => undefined);
    };
    const staged = await destination.stage(
      { name: "a.bin", size: undefined, overwrite: "same", owner: "me" },
      stop.signal,
    );
    const publishing = (async () => {
      await staged.write(LARGE);
      await staged.verify(manifestOf("a.bin", LARGE));
      return staged.publish(manifestOf("a.bin", LARGE));
    })();
    const ended = publishing.catch((error: unknown) => error);
    await asked.opened;
    stop.abort();
    expect(await ended).toMatchObject({ name: "AbortError" });
    fixture.server.fault = undefined;
    await staged.abort();
    expect(await fixture.staged()).toBe(0);
  },
);

test("the deadline ends a publish whose manifest is never acknowledged", async () => {
  const { fixture, destination, deadline } = await start();
  const staged = await stage(destination, "a.bin", LARGE);
  const asked = createGate();
  fixture.server.fault = async ({ operation, key }) => {
    if (operation !== "PutObject" || isFinal(key)) return undefined;
    asked.open();
    return new Promise(() => undefined);
  };
  const published = staged.publish(manifestOf("a.bin", LARGE));
  await asked.opened;
  deadline.abort();
  await expect(published).rejects.toMatchObject({ name: "AbortError" });
});

/** As if a request had been handled whose answer somebody in between does not pass on. */
function beginUpload({ server }: StandInFixture, key: string): void {
  const initiated = server.now();
  server.uploads.set(`lost-${server.uploads.size}`, {
    key,
    initiated,
    metadata: {},
    algorithm: undefined,
    parts: new Map(),
  });
}
