import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { type PlumblineError, RetryableError } from "@plumbline/core";
import { createOtlpReceiver, createTestContext, createTestLines } from "@plumbline/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createOtlpSink } from "../src/index.ts";
import { createIdentity, type Identity } from "./certificates.ts";
import { createScene, until } from "./scene.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plumbline-otlp-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const authorityKey = createIdentity({ commonName: "Test authority", isAuthority: true });
const authority = { commonName: "Test authority", key: authorityKey.key };
const server: Identity = createIdentity({ commonName: "localhost", issuer: authority });
const client: Identity = createIdentity({ commonName: "client", issuer: authority });

describe("TLS", () => {
  test("a receiver with a certificate of the given authority is trusted", async () => {
    const certificate = file("ca.pem", authorityKey.cert);
    await using scene = await createScene({ receiver: { tls: server }, options: { certificate } });
    expect(await scene.write()).toBeUndefined();
    expect(scene.arrived()).toHaveLength(10);
  });

  const expired = new Date(Date.now() - 86_400_000);
  test.each<[string, Identity, boolean, RegExp]>([
    ["of an unknown authority", server, false, /UNABLE_TO_/],
    [
      "that has expired",
      createIdentity({ commonName: "localhost", issuer: authority, notAfter: expired }),
      true,
      /CERT_HAS_EXPIRED/,
    ],
    [
      "for another host",
      createIdentity({ commonName: "localhost", issuer: authority, host: "collector.example" }),
      true,
      /ERR_TLS_CERT_ALTNAME_INVALID/,
    ],
    ["that signs itself", createIdentity({ commonName: "localhost" }), true, /SELF_SIGNED|UNABLE_TO_/],
  ])("one with a certificate %s is not sent to, and the batch is kept", async (_, tls, isAuthorityKnown, reason) => {
    const options = isAuthorityKnown ? { certificate: file("ca.pem", authorityKey.cert) } : {};
    await using scene = await createScene({ receiver: { tls }, options });
    const outcome = await scene.write();
    expect(RetryableError.isInstance(outcome)).toBe(true);
    const { code, details } = (outcome as Error).cause as PlumblineError;
    expect(code).toBe("PLB_OTLP_TLS");
    expect(details["code"]).toMatch(reason);
    expect(scene.receiver.requests).toHaveLength(0);
  });

  test("one that asks for the client's certificate gets it", async () => {
    const certificate = file("ca.pem", authorityKey.cert);
    const receiver = { tls: { ...server, ca: authorityKey.cert, requestCert: true, rejectUnauthorized: true } };
    const clientKey = file("client.key", client.key);
    const clientCertificate = file("client.pem", client.cert);
    await using scene = await createScene({ receiver, options: { certificate, clientKey, clientCertificate } });
    expect(await scene.write()).toBeUndefined();
    await using without = await createScene({ receiver, options: { certificate } });
    expect(RetryableError.isInstance(await without.write())).toBe(true);
    expect(without.arrived()).toEqual([]);
  });

  test("a receiver that speaks no TLS is not taken for one", async () => {
    await using plain = await createOtlpReceiver();
    await using scene = await createScene({ options: { endpoint: plain.url.replace("http:", "https:") } });
    expect(((await scene.write()) as Error & { cause: PlumblineError }).cause.code).toBe("PLB_OTLP_TLS");
  });

  test("a certificate that cannot be read fails the start", async () => {
    const { name, clock, diagnostics, signal } = createTestContext();
    const options = {
      endpoint: "https://localhost:1",
      certificate: join(folder, "missing.pem"),
      proxy: false as const,
    };
    const sink = createOtlpSink(options, { name, clock, diagnostics, signal, env: {} });
    await expect(sink.start()).rejects.toMatchObject({ code: "PLB_OTLP_FILE_UNREADABLE" });
    await sink.close();
  });
});

describe("headers", () => {
  test("are sent with each request, and say who sends", async () => {
    await using scene = await createScene({ options: { headers: { "X-Tenant": "a" }, userAgent: "Shop/2" } });
    await scene.write();
    const headers = scene.receiver.requests[0]?.headers;
    expect(headers).toMatchObject({ "x-tenant": "a", "content-type": "application/x-protobuf" });
    expect(headers?.["user-agent"]).toMatch(/^Shop\/2 Plumbline-OTLP-Exporter-JavaScript\/\d+\.\d+\.\d+$/);
  });

  test("of a function are asked for before each request, and once more after a 401", async () => {
    let token = 0;
    await using scene = await createScene({
      options: { headers: async () => ({ authorization: `Bearer ${++token}` }) },
      receiver: {
        answer: ({ headers }) =>
          headers.authorization === "Bearer 2" ? { kind: "status", status: 401 } : { kind: "accept" },
      },
    });
    expect(await scene.write()).toBeUndefined();
    expect(await scene.write()).toBeUndefined();
    expect(scene.receiver.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer 1",
      "Bearer 2",
      "Bearer 3",
    ]);
    scene.receiver.plan({ kind: "status", status: 401 }, { kind: "status", status: 401 });
    expect(((await scene.write()) as PlumblineError).code).toBe("PLB_OTLP_REFUSED");
    expect(scene.receiver.requests).toHaveLength(5);
  });

  test.each<[string, () => Record<string, string>]>([
    [
      "throws",
      () => {
        throw new Error(["se", "cret"].join(""));
      },
    ],
    ["gives what cannot be sent", () => ({ a: `${["se", "cret"].join("")}\n` })],
    ["gives nothing", () => undefined as unknown as Record<string, string>],
  ])("of a function that %s keep the batch, and their text stands in no error", async (_, headers) => {
    await using scene = await createScene({ options: { headers } });
    const outcome = (await scene.write()) as Error & { cause: PlumblineError };
    expect(RetryableError.isInstance(outcome)).toBe(true);
    expect(outcome.cause.code).toBe("PLB_OTLP_HEADERS_FAILED");
    expect(outcome.cause.cause).toBeUndefined();
    expect(`${outcome.stack}${outcome.cause.stack}${scene.said()}`).not.toContain(["se", "cret"].join(""));
  });

  test("of a function that hangs are given up at the timeout", async () => {
    await using scene = await createScene({ options: { headers: () => new Promise(() => undefined) } });
    const writing = scene.write();
    await scene.clock.advance(10_000);
    expect(((await writing) as Error & { cause: PlumblineError }).cause.code).toBe("PLB_OTLP_TIMEOUT");
  });

  test("and credentials of the address stand in no error", async () => {
    const secret = ["pass", "word"].join("");
    const endpoint = `http://user:${secret}@127.0.0.1:1/path?key=${secret}`;
    await using scene = await createScene({ options: { endpoint, headers: { authorization: secret } } });
    const outcome = (await scene.write()) as Error & { cause: Error };
    expect(JSON.stringify([outcome.stack, outcome.cause.stack, outcome.cause, scene.said()])).not.toContain(secret);
  });
});

describe("connections", () => {
  test("are kept open from one request to the next", async () => {
    await using scene = await createScene();
    for (let count = 0; count < 5; count++) await scene.write();
    expect(scene.receiver.connections).toBe(1);
  });

  test("are no more than the requests that may be under way", async () => {
    await using scene = await createScene({ options: { concurrency: 3 } });
    expect(scene.sink.concurrency).toBe(3);
    const writes = Array.from({ length: 9 }, (_, index) => scene.write(createTestLines(1, { firstSeq: index })));
    expect(await Promise.all(writes)).toEqual(Array.from({ length: 9 }, () => undefined));
    expect(scene.receiver.connections).toBeLessThanOrEqual(3);
    expect(scene.receiver.mostUnderWay).toBeLessThanOrEqual(3);
  });

  test("go over IPv6", async () => {
    await using scene = await createScene({ receiver: { host: "::1" } });
    expect(scene.receiver.url).toContain("[::1]");
    expect(await scene.write()).toBeUndefined();
  });

  test("carry gzip where it is asked for", async () => {
    await using scene = await createScene({ options: { compression: "gzip" } });
    expect(await scene.write(createTestLines(200))).toBeUndefined();
    const { headers, wireBytes } = scene.receiver.requests[0] ?? { headers: {}, wireBytes: 0 };
    expect(headers["content-encoding"]).toBe("gzip");
    expect(wireBytes).toBeLessThan(4000);
    expect(scene.arrived()).toHaveLength(200);
  });

  test("that a closed sink had are gone, and what was under way is told", async () => {
    await using scene = await createScene();
    scene.receiver.plan({ kind: "hang" });
    const writing = scene.write();
    await until(() => scene.receiver.requests.length === 1);
    await scene.sink.close();
    expect(((await writing) as Error & { cause: PlumblineError }).cause.code).toBe("PLB_OTLP_CLOSED");
    expect(((await scene.write()) as Error & { cause: PlumblineError }).cause.code).toBe("PLB_OTLP_CLOSED");
  });
});

describe("a proxy", () => {
  const seen: string[] = [];
  let proxy: Server;
  let address = "";
  beforeAll(async () => {
    proxy = createServer((incoming, outgoing) => {
      seen.push(`${incoming.method} ${incoming.url} ${incoming.headers["proxy-authorization"] ?? ""}`.trim());
      const onward = request(
        incoming.url ?? "",
        { method: incoming.method ?? "", headers: incoming.headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      incoming.pipe(onward);
    });
    proxy.on("connect", (incoming, socket, head) => {
      seen.push(`CONNECT ${incoming.url}`);
      const [host = "", port = ""] = (incoming.url ?? "").split(":");
      const onward = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        onward.write(head);
        onward.pipe(socket);
        socket.pipe(onward);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    proxy.closeAllConnections();
    proxy.close();
  });

  test("is handed plain requests whole", async () => {
    seen.length = 0;
    const withUser = address.replace("//", "//user:word@");
    await using scene = await createScene({ options: { proxy: withUser } });
    expect(await scene.write()).toBeUndefined();
    const word = Buffer.from("user:word").toString("base64");
    expect(seen).toEqual([`POST ${scene.receiver.url}/v1/logs Basic ${word}`]);
    expect(scene.arrived()).toHaveLength(10);
    expect(scene.receiver.requests[0]?.headers.host).toBe(new URL(scene.receiver.url).host);
  });

  test("is given no credentials of the receiver's but in their header", async () => {
    seen.length = 0;
    const words = { user: ["us", "er"].join(""), word: ["wo", "rd"].join("") };
    await using scene = await createScene({ options: { proxy: address } });
    const endpoint = scene.receiver.url.replace("//", `//${words.user}:${words.word}@`);
    const authorization = `Basic ${Buffer.from(`${words.user}:${words.word}`).toString("base64")}`;
    await using through = await createScene({ options: { proxy: address, endpoint } });
    expect(await through.write()).toBeUndefined();
    expect(seen).toEqual([`POST ${scene.receiver.url}/v1/logs`]);
    const own = { authorization: "Bearer own" };
    await using withOwn = await createScene({ options: { proxy: address, endpoint, headers: own } });
    expect(await withOwn.write()).toBeUndefined();
    expect(scene.receiver.requests.map(({ headers }) => headers.authorization)).toEqual([
      authorization,
      own.authorization,
    ]);
  });

  test("with an https address is spoken to over TLS, also with a plain request", async () => {
    const certificate = createIdentity({ commonName: "localhost" });
    const heard: string[] = [];
    const secure = createTlsServer({ key: certificate.key, cert: certificate.cert }, (asked, answer) => {
      const { servername } = asked.socket as TLSSocket; // as all of its connections are
      const { url, headers } = asked;
      heard.push(`${servername} ${url} ${headers.host} ${headers["proxy-authorization"] ?? ""}`);
      answer.writeHead(200).end();
    });
    await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
    const { port } = secure.address() as AddressInfo;
    const options = { endpoint: "http://collector.example", proxy: `https://user:word@localhost:${port}` };
    await using untrusted = await createScene({ options });
    expect(((await untrusted.write()) as Error & { cause: PlumblineError }).cause.code).toBe("PLB_OTLP_TLS");
    expect(heard).toEqual([]);
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    await using scene = await createScene({ options });
    const outcome = await scene.write();
    vi.unstubAllEnvs();
    secure.closeAllConnections();
    secure.close();
    expect(outcome).toBeUndefined();
    const word = Buffer.from("user:word").toString("base64");
    expect(heard).toEqual([`localhost http://collector.example/v1/logs collector.example Basic ${word}`]);
  });

  test.each(["http://127.0.0.1:1", "https://127.0.0.1:1"])(
    "of another scheme is not spoken to, nor gone past, on the way to %s",
    async (endpoint) => {
      const secret = ["se", "cret"].join("");
      for (const name of ["all_proxy", "ALL_PROXY"]) vi.stubEnv(name, `socks5://user:${secret}@127.0.0.1:1`);
      for (const name of ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"]) {
        vi.stubEnv(name, "");
      }
      const { name, clock, diagnostics, signal } = createTestContext();
      const sink = createOtlpSink({ endpoint }, { name, clock, diagnostics, signal, env: {} });
      const error: unknown = await sink.start().catch((reason: unknown) => reason);
      vi.unstubAllEnvs();
      await sink.close();
      expect(error).toMatchObject({ code: "PLB_OTLP_PROXY", message: expect.stringContaining("socks5") });
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(secret);
    },
  );

  test("gives a tunnel to TLS", async () => {
    seen.length = 0;
    const certificate = file("ca.pem", authorityKey.cert);
    await using scene = await createScene({ receiver: { tls: server }, options: { certificate, proxy: address } });
    expect(await scene.write()).toBeUndefined();
    expect(await scene.write()).toBeUndefined();
    expect(seen).toEqual([`CONNECT ${new URL(scene.receiver.url).host}`]);
    expect(scene.arrived()).toHaveLength(20);
  });

  test("is taken from the environment, but for hosts that are to have none", async () => {
    seen.length = 0;
    vi.stubEnv("http_proxy", address);
    vi.stubEnv("HTTP_PROXY", address);
    vi.stubEnv("no_proxy", "");
    vi.stubEnv("NO_PROXY", "");
    await using scene = await createScene({ options: { proxy: undefined } });
    expect(await scene.write()).toBeUndefined();
    expect(seen).toHaveLength(1);
    vi.stubEnv("no_proxy", "127.0.0.1");
    await using direct = await createScene({ options: { proxy: undefined } });
    expect(await direct.write()).toBeUndefined();
    expect(seen).toHaveLength(1);
    vi.unstubAllEnvs();
  });

  test("that never answers holds up neither a batch beyond its timeout nor the close", async () => {
    const taken: Socket[] = [];
    const mute = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      taken.push(socket.resume());
    });
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const { port } = mute.address() as AddressInfo;
    await using scene = await createScene({
      options: { endpoint: "https://collector.example", proxy: `http://127.0.0.1:${port}` },
    });
    for (const count of [1, 2]) {
      const writing = scene.write();
      await until(() => taken.length === count);
      await scene.clock.advance(10_000);
      expect(((await writing) as Error & { cause: PlumblineError }).cause.code).toBe("PLB_OTLP_TIMEOUT");
    }
    const both = Promise.all([scene.write(), scene.write()]);
    await until(() => taken.length === 4);
    await scene.sink.close();
    for (const outcome of await both)
      expect((outcome as Error & { cause: PlumblineError }).cause.code).toBe("PLB_OTLP_CLOSED");
    await until(() => taken.every(({ closed }) => closed));
    mute.close();
  });

  test("that lets nothing through keeps the batch", async () => {
    const certificate = file("ca.pem", authorityKey.cert);
    await using scene = await createScene({
      receiver: { tls: server },
      options: { certificate, proxy: "http://127.0.0.1:1" },
    });
    expect(RetryableError.isInstance(await scene.write())).toBe(true);
  });
});

test("what the environment says in vain is told once, however often the start is tried", async () => {
  const { name, clock, diagnostics, signal, said } = createTestContext();
  const env = { OTEL_EXPORTER_OTLP_TIMEOUT: "soon" };
  const certificate = join(folder, "late.pem");
  const options = { endpoint: "https://localhost:9", proxy: false, certificate } as const;
  const sink = createOtlpSink(options, { name, clock, diagnostics, signal, env });
  for (let tries = 0; tries < 3; tries++)
    await expect(sink.start()).rejects.toMatchObject({ code: "PLB_OTLP_FILE_UNREADABLE" });
  expect(said.filter(({ message }) => message.includes("OTEL_EXPORTER_OTLP_TIMEOUT"))).toHaveLength(1);
  await sink.close();
});
