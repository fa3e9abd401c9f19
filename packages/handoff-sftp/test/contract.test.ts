import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { fingerprintOf, HOST_KEY } from "@plumbline/stand-ins";
import { destinationContract } from "@plumbline/testing";
import { describe, test } from "vitest";
import { sftp } from "../src/index.ts";
import type { SftpOptions } from "../src/sftp-options.ts";
import { createSftpFixture, type SftpFixture } from "./sftp-fixture.ts";

const GOOD = { host: "h", username: "u", path: "/p", password: "x".repeat(3), hostKey: fingerprintOf(HOST_KEY.public) };

for (const publish of ["atomic", "linear", "marker"] as const) {
  describe(`the destination contract, publish: ${publish}`, () => {
    const cases = destinationContract<SftpOptions, SftpFixture>({
      plugin: sftp,
      setup: () => createSftpFixture({ publish, windowBytes: 65_536 }),
      sizes: [31_952, 63_904, 65_536, 255 * 1024],
      maxNameBytes: publish === "marker" ? 249 : 255,
      invalidOptions:
        publish !== "atomic"
          ? []
          : [
              {},
              { ...GOOD, port: 0 },
              { ...GOOD, hostKey: "MD5:00" },
              { ...GOOD, hostKey: undefined },
              { ...GOOD, password: undefined },
              { ...GOOD, privateKey: "x", privateKeyFile: "y" },
              { ...GOOD, publish: "soon" },
              { ...GOOD, publish: "linear", verify: "server" },
              { ...GOOD, windowBytes: 1 },
              { ...GOOD, replyTimeoutMs: 1.5 },
            ],
      failOnce: ({ server }) => {
        let isDue = true;
        server.fault = (request) => {
          if (!isDue || request !== "write") return undefined;
          isDue = false;
          // A cut leaves under the final name what came before, where that is what was chosen: see recovery.test.ts.
          return publish === "atomic" ? "cut" : { status: 4 };
        };
      },
      ...(publish === "atomic"
        ? { damage: async ({ staging }, { ref }) => flipByte(join(staging, basename(ref)), 123_456) }
        : {}),
    });
    test.each([...cases])("$name", async ({ run }) => run());
  });
}

async function flipByte(path: string, at: number): Promise<void> {
  const handle = await open(path, "r+");
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
  } finally {
    await handle.close();
  }
}
