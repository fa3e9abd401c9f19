import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Destination } from "@plumbline/core";
import { expect, test } from "vitest";
import { contentOf, createScene, manifestFor, prepare, stage } from "./destination-scene.ts";
import type { SftpFixture } from "./sftp-fixture.ts";

const CONTENT = contentOf(100_000);
const MANIFEST = manifestFor("told.bin", CONTENT);

/** A server with one of the commands; what it was asked is noted. */
function withCommand({ server, path }: SftpFixture, program: string, asked: string[] = []): void {
  server.command = (command) => {
    asked.push(command);
    const [, name, file] = /^(.+) < '(\/.+)'$/.exec(command) ?? [];
    if (name !== program || file === undefined) return "";
    const content = readFileSync(join(dirname(path), file.replaceAll(String.raw`'\''`, "'")));
    return `Welcome!\n${createHash("sha256").update(content).digest("hex")} *stdin\n`;
  };
}

test.each(["openssl dgst -sha256 -r", "sha256sum", "shasum -a 256", "sha256"])(
  "what was written is told by the server itself, by %s, and not read back",
  async (program) => {
    const asked: string[] = [];
    const { destination, fixture } = await createScene({ verify: "server" }, (made) =>
      withCommand(made, program, asked),
    );
    expect(await destination.start()).toMatchObject({ verification: "server" });
    const staged = await stage(destination, MANIFEST.name, { size: CONTENT.length });
    await staged.write(CONTENT);
    expect(await staged.verify(MANIFEST)).toBe("server");
    expect(await staged.publish(MANIFEST)).toBe("published");
    expect(asked.at(-1)).toContain(`${program} < '/inbox/`);
    expect(fixture.server.requests).not.toContain("read");
  },
);

test("a byte that was changed over there is found", async () => {
  const { destination, fixture } = await createScene({ verify: "server" }, (made) => withCommand(made, "sha256sum"));
  await destination.start();
  const staged = await stage(destination, MANIFEST.name, { size: CONTENT.length });
  await staged.write(CONTENT);
  const handle = await open(join(fixture.staging, basename(staged.ref)), "r+");
  await handle.write(Buffer.from([(CONTENT[0] ?? 0) ^ 1]), 0, 1, 0);
  await handle.close();
  await expect(staged.verify(MANIFEST)).rejects.toMatchObject({ code: "PLB_HANDOFF_MISMATCH" });
});

test.each([
  ["no commands", (): undefined => undefined],
  ["none of these commands", (): string => ""],
  ["a command that tells something else", (): string => `${"0".repeat(64)} *stdin\n`],
])("a server that runs %s is refused at the start, and nothing stays", async (_what, command) => {
  const { destination, fixture } = await createScene({ verify: "server" }, ({ server }) => (server.command = command));
  await expect(destination.start()).rejects.toMatchObject({
    code: "PLB_HANDOFF_LACKS",
    message: expect.stringContaining("verify: server"),
  });
  expect(await fixture.staged()).toBe(0);
});

test("a server that runs one command whatever it is asked, which waits for input, is refused at the start", async () => {
  const { destination, fixture } = await createScene({ verify: "server", replyTimeoutMs: 2000 }, ({ server }) => {
    server.commandReadsInput = true;
    server.command = () => "";
  });
  await expect(destination.start()).rejects.toMatchObject({ code: "PLB_HANDOFF_LACKS" });
  expect(await fixture.staged()).toBe(0);
});

test("a command that is refused later is a refusal of the server's, and nothing is published", async () => {
  const { destination, fixture } = await createScene({ verify: "server" }, (made) => withCommand(made, "sha256sum"));
  await destination.start();
  fixture.server.command = () => undefined;
  await expect(prepare(destination, MANIFEST.name, CONTENT)).rejects.toMatchObject({ code: "PLB_SFTP_REFUSED" });
  expect(await fixture.visible()).toEqual([]);
});

test("a connection that is lost while the server is asked is told as lost", async () => {
  const { destination, fixture } = await createScene({ verify: "server" }, (made) => withCommand(made, "sha256sum"));
  await destination.start();
  fixture.server.command = () => {
    fixture.server.cut();
    return undefined;
  };
  await expect(prepare(destination, MANIFEST.name, CONTENT)).rejects.toMatchObject({ name: "RetryableError" });
});

test("a folder's name is no command", async () => {
  const asked: string[] = [];
  const odd = "/inbox/it's; rm -rf $HOME";
  const { destination } = await createScene({ verify: "server", control: odd }, (made) =>
    withCommand(made, "sha256sum", asked),
  );
  await expect(started(destination)).resolves.toBe("server");
  expect(asked.at(-1)).toContain(String.raw`< '/inbox/it'\''s; rm -rf $HOME/staging/`);
});

async function started(destination: Destination): Promise<string> {
  return (await destination.start()).verification;
}
