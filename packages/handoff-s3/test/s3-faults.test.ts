import { refuse, type S3Fault, type StandInAbility } from "@plumbline/stand-ins";
import { describe, expect, onTestFinished, test } from "vitest";
import { createS3Destination, s3 } from "../src/index.ts";
import { createStandInFixture, PART_BYTES, PREFIX } from "./s3-fixture.ts";
import {
  contentOf,
  deliver,
  failFinal,
  isFinal,
  isPublish,
  LARGE,
  manifestOf,
  SMALL,
  stage,
  start,
} from "./s3-scene.ts";

const BOTH = [
  { what: "a small file", content: SMALL, operation: "PutObject" },
  { what: "a file in parts", content: LARGE, operation: "CompleteUpload" },
] as const;

describe("an answer that is lost", () => {
  for (const { what, content, operation } of BOTH) {
    for (const overwrite of ["never", "replace"] as const) {
      test(`${what}, ${overwrite}: the publish is found to have worked, and is made once`, async () => {
        const { fixture, destination } = await start();
        const staged = await stage(destination, "a.bin", content, overwrite);
        fixture.server.fault = (request) =>
          request.operation === operation &&
          isFinal(request.key) &&
          fixture.server.requests.filter(isPublish(operation)).length === 1
            ? "drop-answer"
            : undefined;
        await expect(staged.publish(manifestOf("a.bin", content))).resolves.toBe("published");
        expect(Buffer.from((await fixture.read("a.bin")) ?? "").equals(content)).toBe(true);
        expect(fixture.server.requests.filter(isPublish(operation))).toHaveLength(1);
        expect(await fixture.staged()).toBe(0);
      });
    }
    test(`${what}: a connection that broke before is tried again`, async () => {
      const { fixture, destination } = await start();
      const staged = await stage(destination, "a.bin", content);
      failFinal(fixture, operation, "reset", 2);
      await expect(staged.publish(manifestOf("a.bin", content))).resolves.toBe("published");
      expect(Buffer.from((await fixture.read("a.bin")) ?? "").equals(content)).toBe(true);
    });
  }
});

describe("a name that somebody else takes meanwhile", () => {
  for (const { what, content } of BOTH) {
    test(`${what}: 412 after a lost answer is ours only where our own object stands there`, async () => {
      const { fixture, destination } = await start();
      const staged = await stage(destination, "a.bin", content);
      fixture.server.put(`${PREFIX}a.bin`, contentOf(content.length, 9));
      await expect(staged.publish(manifestOf("a.bin", content))).rejects.toMatchObject({
        code: "PLB_HANDOFF_NAME_TAKEN",
      });
      await staged.abort();
      expect(Buffer.from((await fixture.read("a.bin")) ?? "").equals(contentOf(content.length, 9))).toBe(true);
      expect([...fixture.server.objects.keys()]).toEqual([`${PREFIX}a.bin`]); // no manifest of what is not there
    });
  }

  test("409 to a small file is tried again, to an upload means that it is sent again whole", async () => {
    const { fixture, destination } = await start();
    const small = await stage(destination, "small.bin", SMALL);
    failFinal(fixture, "PutObject", refuse(409, "ConditionalRequestConflict"));
    await expect(small.publish(manifestOf("small.bin", SMALL))).resolves.toBe("published");
    const large = await stage(destination, "large.bin", LARGE);
    failFinal(fixture, "CompleteUpload", refuse(409, "ConditionalRequestConflict"));
    await expect(large.publish(manifestOf("large.bin", LARGE))).rejects.toMatchObject({ name: "RetryableError" });
    await large.abort();
    expect(fixture.server.uploads.size).toBe(0);
    fixture.server.fault = undefined;
    await expect(deliver(destination, "large.bin", LARGE)).resolves.toBe("published");
  });

  test("an upload that somebody aborted is sent again whole", async () => {
    const { fixture, destination } = await start();
    const staged = await stage(destination, "a.bin", LARGE);
    fixture.server.uploads.clear();
    await expect(staged.publish(manifestOf("a.bin", LARGE))).rejects.toMatchObject({ name: "RetryableError" });
    await staged.abort();
    await expect(deliver(destination, "a.bin", LARGE)).resolves.toBe("published");
  });
});

describe("parts", () => {
  test.each<S3Fault>([
    "reset",
    "drop-answer",
    refuse(503, "SlowDown"),
    refuse(500, "InternalError"),
    refuse(400, "RequestTimeout"),
  ])("one that fails is sent again by itself (%o)", async (fault) => {
    const { fixture, destination } = await start();
    fixture.server.failNext("UploadPart", fault, 3);
    await expect(deliver(destination, "a.bin", LARGE)).resolves.toBe("published");
    expect(Buffer.from((await fixture.read("a.bin")) ?? "").equals(LARGE)).toBe(true);
    expect(fixture.server.requests.filter(({ operation }) => operation === "UploadPart")).toHaveLength(7 + 2); // 4, 3 again, 2 of the probe
  });

  test("a bit that flips on the way is refused by the server, and nothing becomes visible", async () => {
    const { fixture, destination } = await start();
    fixture.server.fault = (request) => {
      if (request.operation === "UploadPart") request.body[100] = (request.body[100] ?? 0) ^ 1;
      return undefined;
    };
    await expect(deliver(destination, "a.bin", LARGE)).rejects.toMatchObject({ code: "PLB_HANDOFF_MISMATCH" });
    expect(await fixture.visible()).toEqual([]);
    expect(await fixture.staged()).toBe(0);
  });

  test("the server's own pause is kept to", async () => {
    const { fixture, destination, clock } = await start();
    fixture.server.failNext("UploadPart", refuse(503, "SlowDown", { "retry-after": "7" }));
    await deliver(destination, "a.bin", LARGE);
    expect(clock.waits).toContain(7000);
  });

  test("one that never arrives ends the delivery, and its abort removes the upload", async () => {
    const { fixture, destination } = await start();
    fixture.server.failNext("UploadPart", refuse(503, "SlowDown"), Number.POSITIVE_INFINITY);
    await expect(deliver(destination, "a.bin", LARGE)).rejects.toMatchObject({ name: "RetryableError" });
    expect(await fixture.staged()).toBe(0);
  });

  test("no more are under way than the options allow", async () => {
    const { fixture, destination } = await start({ partsInFlight: 2 });
    let underWay = 0;
    let most = 0;
    fixture.server.fault = async ({ operation }) => {
      if (operation !== "UploadPart") return undefined;
      most = Math.max(most, ++underWay);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return undefined;
    };
    const content = contentOf(PART_BYTES * 8);
    await deliver(destination, "a.bin", content);
    expect(most).toBe(2);
    expect(Buffer.from((await fixture.read("a.bin")) ?? "").equals(content)).toBe(true);
  });
});

describe("start fails closed", () => {
  const lacking: readonly [string, Partial<StandInAbility>, Readonly<Record<string, unknown>>, RegExp][] = [
    ["conditional writes", { conditional: false }, {}, /If-None-Match/],
    ["any checksum", { checksums: [] }, {}, /checksum/],
    ["the checksum that is asked for", { checksums: ["md5"] }, { checksum: "sha256" }, /sha256/],
  ];
  test.each(lacking)("where the server lacks %s", async (_what, ability, options, message) => {
    const fixture = await createStandInFixture({}, ability);
    onTestFinished(async () => fixture.close?.());
    const destination = createS3Destination({ ...fixture.options, ...options });
    onTestFinished(async () => destination.close());
    await expect(destination.start()).rejects.toMatchObject({
      code: "PLB_HANDOFF_LACKS",
      message: expect.stringMatching(message),
    });
    expect(fixture.server.objects.size + fixture.server.uploads.size).toBe(0);
  });

  test("and goes on without, weaker and saying so, where the options say that", async () => {
    const fixture = await createStandInFixture({}, { conditional: false, checksums: [] });
    const { ability, destination } = await start({ checksum: "none", conditionalWrites: "without" }, fixture);
    expect(ability).toMatchObject({ verification: "size", overwrite: ["replace"] });
    await expect(stage(destination, "a.bin", SMALL, "never")).rejects.toMatchObject({ code: "PLB_HANDOFF_LACKS" });
    await expect(deliver(destination, "a.bin", SMALL, "replace")).resolves.toBe("published");
  });

  test("the best checksum is found by trying", async () => {
    const fixture = await createStandInFixture({}, { checksums: ["md5"] });
    const { destination } = await start({}, fixture);
    await deliver(destination, "a.bin", LARGE);
    const parts = fixture.server.requests.filter(({ operation, key }) => operation === "UploadPart" && isFinal(key));
    expect(parts.map(({ headers }) => typeof headers["content-md5"])).toEqual(["string", "string", "string", "string"]);
  });

  test("a refusal names the step and the code, and no credential", async () => {
    const fixture = await createStandInFixture();
    onTestFinished(async () => fixture.close?.());
    const secret = ["wrong", "secret", "key"].join("-");
    const destination = createS3Destination({ ...fixture.options, accessKeyId: "nobody", secretAccessKey: secret });
    const error = await destination.start().catch((cause: unknown) => cause);
    await destination.close();
    expect(error).toMatchObject({ code: "PLB_HANDOFF_LACKS", message: expect.stringContaining("403 AccessDenied") });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause)).not.toContain(
      secret,
    );
  });

  test("a server that is not there is worth another try", async () => {
    const fixture = await createStandInFixture();
    await fixture.close?.();
    const destination = createS3Destination({ ...fixture.options, attempts: 1 });
    await expect(destination.start()).rejects.toMatchObject({ name: "RetryableError" });
    await destination.close();
  });
});

test("an address stands for bucket, prefix, endpoint and region", async () => {
  const check = async (options: unknown): Promise<unknown> => s3.options?.["~standard"].validate(options);
  expect(await check({ url: "s3://far-side/logs/by-day?endpoint=http://127.0.0.1:9000&region=eu-1" })).toMatchObject({
    value: { bucket: "far-side", prefix: "logs/by-day/", endpoint: "http://127.0.0.1:9000", region: "eu-1" },
  });
  expect(await check({ url: "s3://far-side" })).toMatchObject({ value: { bucket: "far-side", prefix: "" } });
  expect(await check({ url: "s3://far-side?acl=open" })).toMatchObject({ issues: [{ path: ["url"] }] });
  expect(await check({ url: "s3://far-side", bucket: "another" })).toMatchObject({ issues: [{ path: ["bucket"] }] });
});

test("a full server is told apart", async () => {
  const { fixture, destination } = await start();
  fixture.server.failNext("UploadPart", refuse(507, "XMinioStorageFull"), Number.POSITIVE_INFINITY);
  await expect(deliver(destination, "a.bin", LARGE)).rejects.toMatchObject({ code: "PLB_HANDOFF_NO_SPACE" });
});

test("a clock that is an hour off is set right by the server's answer", async () => {
  const { fixture, destination } = await start();
  fixture.server.now = () => new Date(Date.now() + 3_600_000);
  let refused = 0;
  fixture.server.fault = ({ headers }) => {
    const stamp = String(headers["x-amz-date"]).replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      "$1-$2-$3T$4:$5:$6Z",
    );
    if (Math.abs(Date.parse(stamp) - fixture.server.now().getTime()) < 900_000) return undefined;
    refused += 1;
    return refuse(403, "RequestTimeTooSkewed");
  };
  await expect(deliver(destination, "a.bin", LARGE)).resolves.toBe("published");
  expect(refused).toBeGreaterThan(0);
});
