import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeyPair, HOST_KEY, PASSWORD, USER_KEY } from "@plumbline/stand-ins";
import { createTestContext } from "@plumbline/testing";
import ssh2 from "ssh2";
import { expect, onTestFinished, test, vi } from "vitest";
import { createSftpDestination, type SftpSettings } from "../src/index.ts";
import { createScene } from "./destination-scene.ts";

const OTHER_KEY = createKeyPair();
const OTHER_PRINT = `SHA256:${"A".repeat(43)}`;

/** Writes files into a folder that goes with the test. */
async function filesOf(texts: Readonly<Record<string, string>>): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-keys-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  return (name) => join(folder, name);
}

test("a host key with another fingerprint is refused before anybody logs in, and named", async () => {
  const { destination, fixture } = await createScene({ hostKey: [OTHER_PRINT] });
  let isAsked = false;
  fixture.server.onLogin = () => (isAsked = true);
  await expect(destination.start()).rejects.toMatchObject({
    code: "PLB_SFTP_HOST_KEY_REFUSED",
    details: { fingerprint: expect.stringMatching(/^SHA256:.{43}$/) },
  });
  expect(isAsked).toBe(false);
});

test("known hosts: the right key is let in; another one, a revoked one, and none are refused", async () => {
  const at = await filesOf({ empty: "# nothing\n" });
  const refused = { code: "PLB_SFTP_HOST_KEY_REFUSED" };
  const { fixture } = await createScene();
  const [type = "", key = ""] = HOST_KEY.public.split(" ");
  const host = `[127.0.0.1]:${fixture.server.port}`;
  await writeFile(at("right"), `# a comment\n${host} ${type} ${key} the server\n`);
  await writeFile(at("revoked"), `${host} ${type} ${key}\n@revoked * ${type} ${key}\n`);
  await writeFile(at("wrong"), `${host} ${OTHER_KEY.public}\n`);
  const tryWith = async (knownHosts: string): Promise<unknown> => {
    const settings = { ...fixture.options, hostKey: undefined, knownHosts } as unknown as SftpSettings;
    const destination = await createSftpDestination(settings, createTestContext());
    onTestFinished(async () => destination.close());
    return destination.start();
  };
  expect(await tryWith(at("right"))).toMatchObject({ durable: true });
  for (const name of ["revoked", "wrong", "empty"]) await expect(tryWith(at(name))).rejects.toMatchObject(refused);
  await expect(tryWith(at("missing"))).rejects.toMatchObject({ code: "PLB_SFTP_KEY_UNUSABLE" });
});

test("without a host key or known hosts nothing is made", async () => {
  const { fixture } = await createScene();
  const settings = { ...fixture.options, hostKey: undefined } as unknown as SftpSettings;
  await expect(createSftpDestination(settings, createTestContext())).rejects.toMatchObject({
    code: "PLB_SFTP_OPTIONS_INVALID",
    message: expect.stringContaining("hostKey"),
  });
});

test("keys: one that the server knows, given as text or as a file, with a passphrase where it has one", async () => {
  const secret = ["pass", String(process.pid)].join("-");
  const locked = createKeyPair(secret);
  const at = await filesOf({ user: USER_KEY.private, locked: locked.private, public: USER_KEY.public });
  const ways: readonly (readonly [Partial<SftpSettings>, string | undefined])[] = [
    [{ privateKey: USER_KEY.private }, undefined],
    [{ privateKeyFile: at("user") }, undefined],
    [{ privateKey: OTHER_KEY.private }, "PLB_SFTP_AUTH_REFUSED"],
    [{ privateKeyFile: at("locked"), passphrase: secret }, "PLB_SFTP_AUTH_REFUSED"], // it can be read; the server does not know it
    [{ privateKeyFile: at("locked"), passphrase: "no" }, "PLB_SFTP_KEY_UNUSABLE"],
    [{ privateKeyFile: at("public") }, "PLB_SFTP_KEY_UNUSABLE"],
    [{ privateKeyFile: at("missing") }, "PLB_SFTP_KEY_UNUSABLE"],
  ];
  const { fixture } = await createScene();
  for (const [way, code] of ways) {
    const settings = { ...fixture.options, password: undefined, ...way } as unknown as SftpSettings;
    const destination = await createSftpDestination(settings, createTestContext());
    onTestFinished(async () => destination.close());
    if (code === undefined) expect(await destination.start()).toMatchObject({ publish: "atomic" });
    else await expect(destination.start()).rejects.toMatchObject({ code });
  }
});

test("an agent signs for whoever has no key: one that holds the right key, one that holds another, and none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-agent-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const right = await agentWith(USER_KEY.private, join(folder, "right"));
  const wrong = await agentWith(OTHER_KEY.private, join(folder, "wrong"));
  const { fixture } = await createScene();
  const tryWith = async (agent: string): Promise<unknown> => {
    const settings = { ...fixture.options, password: undefined, agent } as unknown as SftpSettings;
    const destination = await createSftpDestination(settings, createTestContext());
    onTestFinished(async () => destination.close());
    return destination.start();
  };
  expect(await tryWith(right)).toMatchObject({ publish: "atomic" });
  vi.stubEnv("SSH_AUTH_SOCK", right);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await tryWith("env")).toMatchObject({ publish: "atomic" });
  const refused = { code: "PLB_SFTP_AUTH_REFUSED" };
  await expect(tryWith(wrong)).rejects.toMatchObject(refused);
  await expect(tryWith(join(folder, "nobody"))).rejects.toMatchObject(refused);
  const { destination } = await createScene({ agent: join(folder, "nobody") });
  expect(await destination.start(), "what is given beside an agent that is away").toMatchObject({ publish: "atomic" });
});

test("a server that asks is answered: with the password where it is not echoed, and with nothing where it is", async () => {
  const { destination, fixture } = await createScene();
  fixture.server.asksQuestions = true;
  expect(await destination.start()).toMatchObject({ publish: "atomic" });
  const wrong = await createScene({ password: `${PASSWORD}-not` });
  wrong.fixture.server.asksQuestions = true;
  await expect(wrong.destination.start()).rejects.toMatchObject({ code: "PLB_SFTP_AUTH_REFUSED" });
});

test("no error holds a password or a key", async () => {
  const wrong = `${PASSWORD}-not`;
  const { destination } = await createScene({ password: wrong });
  const error: unknown = await destination.start().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "PLB_SFTP_AUTH_REFUSED" });
  expect(allTextOf(error)).not.toContain(wrong);
  const half = OTHER_KEY.private.slice(0, 120);
  const { destination: broken } = await createScene({ privateKey: half });
  const other: unknown = await broken.start().catch((reason: unknown) => reason);
  expect(other).toMatchObject({ code: "PLB_SFTP_KEY_UNUSABLE" });
  expect(allTextOf(other)).not.toContain(half.slice(60));
});

test("nobody at the port, and somebody who never answers, are worth another try", async () => {
  const mute = createServer((socket) => void socket.resume());
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const { port } = mute.address() as AddressInfo;
  const unreachable = { name: "RetryableError", cause: { code: "PLB_SFTP_UNREACHABLE" } };
  const { destination } = await createScene({ port, connectTimeoutMs: 50 });
  await expect(destination.start()).rejects.toMatchObject(unreachable);
  await new Promise((resolve) => mute.close(resolve));
  const { destination: nobody } = await createScene({ port });
  await expect(nobody.start()).rejects.toMatchObject(unreachable);
});

/** An SSH agent with one key, at a socket. Resolves with its path. */
async function agentWith(privateKey: string, path: string): Promise<string> {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  const agent = createServer((socket) => {
    const protocol = new ssh2.AgentProtocol(false);
    protocol.on("identities", (request) => protocol.getIdentitiesReply(request, [key]));
    protocol.on("sign", (request, _key, data) => protocol.signReply(request, key.sign(data)));
    socket.pipe(protocol).pipe(socket);
    socket.on("error", () => undefined); // whoever asked is gone
  });
  await new Promise<void>((resolve) => agent.listen(path, resolve));
  onTestFinished(async () => void (await new Promise((resolve) => agent.close(resolve))));
  return path;
}

function allTextOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.message, error.stack, JSON.stringify(error), allTextOf(error.cause)].join("\n");
}
