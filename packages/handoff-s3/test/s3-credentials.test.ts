import { expect, test } from "vitest";
import { createS3Destination, createS3Pickup } from "../src/index.ts";

const secret = "some".repeat(4);
const PARTS = [
  [{ accessKeyId: secret, secretAccessKey: undefined }, ["secretAccessKey"]],
  [{ accessKeyId: secret, secretAccessKey: "" }, ["secretAccessKey"]],
  [{ secretAccessKey: secret }, ["accessKeyId"]],
  [{ sessionToken: secret }, ["accessKeyId", "secretAccessKey"]],
] as const;

test.each([
  ["destination", createS3Destination],
  ["pick-up", createS3Pickup],
] as const)("a %s is not made with a part of a key, and who is told sees names alone", async (_what, create) => {
  const place = { bucket: "far-side", region: "us-east-1" };
  for (const [part, missing] of PARTS) {
    const error = errorOf(() => create({ ...place, ...part }));
    expect(error).toMatchObject({ code: "PLB_S3_OPTIONS_INVALID", details: { missing } });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(secret);
  }
  for (const whole of [{}, { accessKeyId: secret, secretAccessKey: secret }])
    await create({ ...place, ...whole }).close();
});

test("a destination tells its place from others, and says no secret", () => {
  const place = { bucket: "far-side", region: "us-east-1", accessKeyId: secret, secretAccessKey: secret };
  const identityOf = (other: Readonly<Record<string, string>> = {}): string | undefined =>
    createS3Destination({ ...place, ...other }).identity;
  expect(identityOf()).toBe("s3::far-side/");
  for (const other of [{ endpoint: "http://localhost:9" }, { bucket: "near-side" }, { prefix: "in/" }])
    expect(identityOf(other)).not.toBe(identityOf());
});

function errorOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
