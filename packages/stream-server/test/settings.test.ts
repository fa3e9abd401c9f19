import { execFileSync, spawnSync } from "node:child_process";
import { chmod, type FileHandle, open, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { createSystemClock, parsePluginOptions, type PluginContext } from "@plumbline/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { createStreamServer, readToken, streamServer, tokenFilePath, type StreamServerOptions } from "../src/index.ts";
import { createHttpServer, listen } from "../src/http-server.ts";
import { resolveServerSettings } from "../src/server-settings.ts";
import { readOrCreateToken } from "../src/token-file.ts";
import { openJournal, serve, Subscriber, tempFolder } from "./scene.ts";

test.each<[string, Partial<StreamServerOptions>, string]>([
  ["an address without a port", { listen: "127.0.0.1" }, "PLB_SERVE_OPTION_INVALID"],
  ["every address without TLS", { listen: "0.0.0.0:0" }, "PLB_SERVE_TLS_REQUIRED"],
  ["a name that is not this machine's own", { listen: "example.org:4700" }, "PLB_SERVE_TLS_REQUIRED"],
  ["no token off loopback", { listen: "[::]:0", auth: "none" }, "PLB_SERVE_AUTH_REQUIRED"],
  ["a token that no header can carry", { token: "sixteen and more" }, "PLB_SERVE_OPTION_INVALID"],
  ["a short token", { token: "abc" }, "PLB_SERVE_OPTION_INVALID"],
  ["an origin with a path", { allowedOrigins: ["https://example.org/page"] }, "PLB_SERVE_OPTION_INVALID"],
  ["every origin", { allowedOrigins: ["*"] }, "PLB_SERVE_OPTION_INVALID"],
  ["a host with a port", { allowedHosts: ["logs.internal:4700"] }, "PLB_SERVE_OPTION_INVALID"],
  ["no connections", { maxConnections: 0 }, "PLB_SERVE_OPTION_INVALID"],
])("%s is refused", (_, options, code) => {
  expect(() => createStreamServer({ journal: "x.jsonl", ...options })).toThrow(expect.objectContaining({ code }));
});

test("the token is made once, for this user alone, and is the same after a restart", async () => {
  const tokenFile = join(await tempFolder(), "deep", "token");
  const scene = await openJournal();
  const first = createStreamServer({ journal: scene.journal, listen: "127.0.0.1:0", tokenFile });
  await first.start();
  const { mode } = await stat(tokenFile);
  expect((mode & 0o777).toString(8)).toBe("600");
  const text = await readFile(tokenFile, "utf8");
  expect(text).toMatch(/^[\w-]{43}\n$/);
  await first.close();
  await serve({ journal: scene.journal, auth: "token", tokenFile });
  expect(await readToken(tokenFile)).toBe(text.trim());
});

test("a token file that others may read, or that is a link, or holds none, is refused, and the port is free again", async () => {
  const folder = await tempFolder();
  const scene = await openJournal();
  const open = join(folder, "open");
  await writeFile(open, "t".repeat(32), { mode: 0o644 });
  await chmod(open, 0o644);
  await symlink(open, join(folder, "link"));
  await writeFile(join(folder, "short"), "abc", { mode: 0o600 });
  for (const name of ["open", "link", "short"]) {
    const server = createStreamServer({ journal: scene.journal, listen: "127.0.0.1:0", tokenFile: join(folder, name) });
    await expect(server.start()).rejects.toMatchObject({ code: "PLB_SERVE_TOKEN_FILE" });
    expect(server.url).toBeUndefined();
  }
});

test("servers that begin at once have the same token, and none finds a file without it", async () => {
  const tokenFile = join(await tempFolder(), "deep", "token");
  const write = async (file: FileHandle, text: string): Promise<void> => {
    expect(await readToken(tokenFile).then((token) => token?.length ?? 43)).toBe(43);
    await file.writeFile(text);
  };
  const found = await Promise.all(Array.from({ length: 24 }, () => readOrCreateToken(tokenFile, write)));
  expect(new Set(found.map(({ token }) => token)).size).toBe(1);
  expect(found.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(await readToken(tokenFile)).toBe(found[0]?.token);
  // What it was written to first is gone.
  expect(await readdir(dirname(tokenFile))).toEqual(["token"]);
});

test("a token that cannot be written leaves no file that keeps the next server from making one", async () => {
  const tokenFile = join(await tempFolder(), "token");
  const full = Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
  const write = (): Promise<void> => Promise.reject(full);
  await expect(readOrCreateToken(tokenFile, write)).rejects.toMatchObject({ code: "PLB_SERVE_TOKEN_FILE" });
  expect(await readdir(dirname(tokenFile))).toEqual([]);
  expect((await readOrCreateToken(tokenFile)).isNew).toBe(true);
});

test("where the token file stands follows from the port alone", () => {
  expect(tokenFilePath(4700, { PLUMBLINE_RUNTIME_DIR: "/run/p" })).toBe("/run/p/stream-4700.token");
  expect(tokenFilePath(4700, { XDG_RUNTIME_DIR: "/run/user/7" })).toBe("/run/user/7/plumbline/stream-4700.token");
  expect(tokenFilePath(4700, {})).toMatch(/\.plumbline\/stream-4700\.token$/);
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl) console.warn("skipped: TLS: there is no openssl to make a certificate with");

test.runIf(hasOpenssl)(
  "off loopback it speaks TLS and nothing else; the address itself may be called, other names only where they are allowed",
  async () => {
    const folder = await tempFolder();
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    execFileSync("openssl", ["req", "-x509", ...curve, "-keyout", key, "-out", certificate, "-days", "2", ...subject], {
      stdio: "ignore",
    });
    const scene = await openJournal();
    await scene.append(3);
    const tls = { keyFile: key, certificateFile: certificate };
    const token = "t".repeat(24);
    const server = await serve({ journal: scene.journal, listen: "0.0.0.0:0", auth: "token", token, tls });
    const url = server.url.replace("0.0.0.0", "127.0.0.1");
    expect(url).toMatch(/^https:/);
    const ca = await readFile(certificate);
    const headers = { authorization: `Bearer ${token}` };
    const client = await new Subscriber(url, "cursor=earliest", { ca, headers }).untilEvents(3);
    expect(client.numbers).toEqual([1, 2, 3]);
    const named = new Subscriber(url, "", { ca, headers: { ...headers, host: "logs.internal" } });
    await named.until(({ closed }) => closed !== undefined);
    expect((await server.status()).refused).toEqual({ PLB_SERVE_HOST_REFUSED: 1 });
    const plain = new Subscriber(url.replace("https", "http"), "", { headers });
    await plain.until(({ closed }) => closed !== undefined);
    expect(plain.frames).toEqual([]);
    const without = createStreamServer({ journal: scene.journal, tls: { ...tls, keyFile: join(folder, "none") } });
    await expect(without.start()).rejects.toMatchObject({ code: "PLB_SERVE_OPTION_INVALID" });
  },
);

test("a port that somebody has is said with its code", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const server = createStreamServer({ journal: "x.jsonl", listen: `127.0.0.1:${port}`, auth: "none" });
  await expect(server.start()).rejects.toMatchObject({
    code: "PLB_SERVE_LISTEN_FAILED",
    details: { code: "EADDRINUSE" },
  });
  await server.close();
});

test("options of a config are read with their units, and refused without their values", async () => {
  const given = {
    listen: "127.0.0.1:4701",
    heartbeat: "5s",
    stallTimeout: "2m",
    maxBuffered: "8MiB",
    maxEventsPerSecond: false,
    tls: { key: "k.pem", certificate: "c.pem" },
  };
  expect(await parsePluginOptions(streamServer, given)).toEqual({
    listen: "127.0.0.1:4701",
    heartbeatMs: 5000,
    stallTimeoutMs: 120_000,
    maxBufferedBytes: 8 * 1024 * 1024,
    maxEventsPerSecond: false,
    tls: { keyFile: "k.pem", certificateFile: "c.pem" },
  });
  const spelt = { heartbeat: "1d", maxBuffered: 1_000_000, maxBatch: "64kib" };
  expect(await parsePluginOptions(streamServer, spelt)).toEqual({
    heartbeatMs: 86_400_000,
    maxBufferedBytes: 1_000_000,
    maxBatchBytes: 65_536,
  });
  const secret = "very-secret-token";
  const bad = { token: [secret], colour: secret, heartbeat: 5, tls: { key: secret }, allowedOrigins: secret };
  const error: unknown = await parsePluginOptions(streamServer, bad).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ details: { issues: expect.arrayContaining([expect.anything()]) as unknown } });
  expect(JSON.stringify(error)).not.toContain(secret);
});

test("as a service it serves the journal of the host, says what it holds, and hands its port over", async () => {
  const scene = await openJournal();
  await scene.append(5);
  const context: PluginContext = {
    name: "live",
    clock: createSystemClock(),
    diagnostics: { error: note, warn: note, info: note, debug: note, verbose: note },
    resource: {},
    dataDir: undefined,
    baseDir: await tempFolder(),
    journal: scene.journal,
    signal: new AbortController().signal,
  };
  const probe = await serve({ journal: scene.journal });
  const listen = new URL(probe.url).host;
  await probe.close();
  const make = (): ReturnType<typeof streamServer.create> =>
    streamServer.create({ listen, tokenFile: "token" }, context);
  const first = make();
  expect(first.exclusive).toEqual([`tcp:${listen}`]);
  await first.start();
  const token = await readToken(join(context.baseDir, "token"));
  const headers = { authorization: `Bearer ${token}` };
  const url = `http://${listen}`;
  const client = await new Subscriber(url, "cursor=earliest", { headers }).untilEvents(5);
  expect(first.status?.()).toEqual({ url, subscribers: 1 });
  await first.finish?.();
  await first.close();
  const second = make();
  await second.start();
  onTestFinished(() => second.close());
  await client.until(({ closed }) => closed?.code === 1001);
  await scene.append(1);
  const back = new Subscriber(url, `cursor=${client.last("error")?.cursor}`, { headers });
  expect((await back.untilEvents(1)).numbers).toEqual([6]);
  const without = { ...context, journal: undefined };
  expect(() => streamServer.create({}, without)).toThrow(expect.objectContaining({ code: "PLB_SERVE_OPTION_INVALID" }));
});

function note(): void {
  return;
}

/** Until it is let go, no token that is made comes to be on disk. */
async function holdToken(): Promise<{ readonly isHeld: Promise<void>; readonly letGo: () => void }> {
  const file = await open(import.meta.filename);
  const prototype = Object.getPrototypeOf(file) as FileHandle;
  await file.close();
  let letGo = (): void => undefined;
  const isLetGo = new Promise<void>((resolve) => (letGo = resolve));
  const isHeld = new Promise<void>((held) => {
    const sync = vi.spyOn(prototype, "sync").mockImplementation(() => {
      held();
      return isLetGo;
    });
    onTestFinished(() => sync.mockRestore());
  });
  return { isHeld, letGo };
}

test.each(["before anything else", "while it begins to listen", "while its token is made"])(
  "a close %s ends a start that is under way",
  async (when) => {
    const { journal } = await openJournal();
    const tokenFile = join(await tempFolder(), "token");
    const options = when === "while its token is made" ? { tokenFile } : { auth: "none" as const };
    const server = createStreamServer({ journal, listen: "127.0.0.1:0", ...options });
    const token = await holdToken();
    const started = server.start().catch((error: unknown) => error);
    if (when === "while it begins to listen") await Promise.resolve();
    if (when === "while its token is made") await token.isHeld;
    const { url } = server;
    expect(url !== undefined).toBe(when === "while its token is made");
    await server.close();
    token.letGo();
    expect(await started).toMatchObject({ code: "PLB_SERVE_CLOSING" });
    expect(server.url).toBeUndefined();
    if (url !== undefined) await expect(fetch(url)).rejects.toThrow("fetch failed");
  },
);

test("a connection that the system cannot give is told to the operator, and is no end of the process", async () => {
  const told: unknown[] = [];
  const diagnostics = { warn: () => undefined, error: (...all: unknown[]) => told.push(all) };
  const settings = resolveServerSettings({ journal: "checkout.jsonl", listen: "127.0.0.1:0", diagnostics });
  const server = await createHttpServer(settings, { onRequest: () => undefined, onUpgrade: () => undefined });
  onTestFinished(() => void server.close());
  await listen(server, settings.address, true);
  server.emit("error", Object.assign(new Error("accept"), { code: "ENFILE" }));
  expect(told).toEqual([["A stream server could not take a connection.", { code: "ENFILE" }]]);
});
