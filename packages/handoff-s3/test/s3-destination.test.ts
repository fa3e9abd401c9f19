import { damagePart } from "@plumbline/stand-ins";
import { destinationContract } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import type { S3DestinationOptions } from "../src/index.ts";
import { createStandInFixture, PART_BYTES, PREFIX, s3InSmallParts, type StandInFixture } from "./s3-fixture.ts";

for (const checksum of ["sha256", "crc64nvme", "md5", "none"] as const) {
  describe(`the destination contract, checksum: ${checksum}`, () => {
    const cases = destinationContract<S3DestinationOptions, StandInFixture>({
      plugin: s3InSmallParts,
      setup: () => createStandInFixture({ checksum, attempts: 1 }),
      sizes: [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES],
      invalidOptions: [
        {},
        { bucket: 1 },
        { bucket: "far-side", partBytes: 1024 },
        { bucket: "far-side", endpoint: "ftp://there" },
        { bucket: "far-side", prefix: "{service}/" },
        { bucket: "far-side", control: "kept" },
        { bucket: "far-side", checksum: "crc8" },
        { bucket: "far-side", accessKeyId: "somebody" },
        { bucket: "far-side", secretAccessKey: "some".repeat(2) },
        { bucket: "far-side", sessionToken: "some".repeat(2) },
      ],
      damage: async ({ server }) => damagePart(server, `${PREFIX}damaged.bin`, 2),
      failOnce: ({ server }) => server.failNext("UploadPart", "reset"),
    });
    // What the checksum has to do with; all the rest once.
    const concerned =
      checksum === "crc64nvme"
        ? /was changed over there|content of any size/
        : /was changed over there|sees nothing before/;
    const chosen = checksum === "sha256" ? cases : cases.filter(({ name }) => concerned.test(name));
    test.each([...chosen])("$name", async ({ run }) => run());
  });
}

test("the suite is not empty", () => {
  expect(destinationContract({ plugin: s3InSmallParts, setup: () => createStandInFixture() }).length).toBeGreaterThan(
    20,
  );
});
