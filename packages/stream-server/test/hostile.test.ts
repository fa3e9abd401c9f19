import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openJournal, range, serve, Subscriber } from "./scene.ts";

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly code: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

function ask(url: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (data: string) => (body += data));
      response.on("end", () => {
        const code = /"code":"([A-Z_]+)"/.exec(body)?.[1];
        resolve({ status: response.statusCode ?? 0, body, code, headers: response.headers });
      });
    });
    request.on("error", reject).end();
  });
}

/** Speaks to the port as it likes, and keeps what comes back. */
function speak(url: string, text: string): { readonly socket: Socket; said: () => string; isOver: () => boolean } {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let said = "";
  let isOver = false;
  socket.setEncoding("utf8").on("data", (data: string) => (said += data));
  socket.on("close", () => (isOver = true)).on("error", () => undefined);
  socket.write(text);
  onTestFinished(() => void socket.destroy());
  return { socket, said: () => said, isOver: () => isOver };
}

const TOKEN = "t".repeat(24);
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

test("without the token nothing is answered but /healthz; with it, everything", async () => {
  const scene = await openJournal();
  await scene.append(3);
  const server = await serve({ journal: scene.journal, auth: "token", token: TOKEN });
  const { url } = server;
  for (const path of ["/status", "/metrics", "/events"]) {
    for (const headers of [{}, bearer("wrong-token-wrong-token"), { authorization: `Basic ${TOKEN}` }]) {
      expect(await ask(url + path, { headers })).toMatchObject({ status: 401, code: "PLB_SERVE_UNAUTHORIZED" });
    }
  }
  expect(await ask(`${url}/tickets`, { method: "POST" })).toMatchObject({ status: 401 });
  const refused = new Subscriber(url, "cursor=earliest", { headers: bearer(`${TOKEN}x`) });
  await refused.until(({ closed }) => closed !== undefined);
  expect(refused.frames).toEqual([]);
  expect(await ask(`${url}/healthz`)).toMatchObject({ status: 200, body: '{"status":"ok"}\n' });
  expect((await ask(`${url}/status`, { headers: bearer(TOKEN) })).body).toContain(`"tip":"${scene.epoch}:3"`);
  const metrics = (await ask(`${url}/metrics`, { headers: bearer(TOKEN) })).body;
  expect(metrics).toContain('plumbline_stream_server_refused_total{code="PLB_SERVE_UNAUTHORIZED"} 11');
  const taken = new Subscriber(url, "cursor=earliest", { headers: bearer(TOKEN) });
  expect((await taken.untilEvents(3)).numbers).toEqual([1, 2, 3]);
});

test("a ticket is good once; only the token gets one", async () => {
  const scene = await openJournal();
  await scene.append(3);
  const { url } = await serve({ journal: scene.journal, auth: "token", token: TOKEN });
  const answer = await ask(`${url}/tickets`, { method: "POST", headers: bearer(TOKEN) });
  const { ticket } = JSON.parse(answer.body) as { ticket: string };
  const client = new Subscriber(url, `cursor=earliest&ticket=${ticket}`);
  expect((await client.untilEvents(3)).numbers).toEqual([1, 2, 3]);
  const again = new Subscriber(url, `cursor=earliest&ticket=${ticket}`);
  await again.until(({ closed }) => closed !== undefined);
  expect(again.frames).toEqual([]);
  expect(await ask(`${url}/tickets?ticket=${ticket}`, { method: "POST" })).toMatchObject({ status: 401 });
});

test("pages of other origins, and names that were made to point here, are refused before the token is looked at", async () => {
  const scene = await openJournal();
  const origin = "https://tools.example.org";
  const options = { auth: "token", token: TOKEN, allowedOrigins: [origin], allowedHosts: ["logs.internal"] } as const;
  const { url } = await serve({ journal: scene.journal, ...options });
  const foreign = { ...bearer(TOKEN), origin: "https://evil.example.net" };
  for (const path of ["/status", "/events", "/healthz"]) {
    expect(await ask(url + path, { headers: foreign })).toMatchObject({
      status: 403,
      code: "PLB_SERVE_ORIGIN_REFUSED",
    });
    const rebound = { ...bearer(TOKEN), host: "evil.example.net:4700" };
    expect(await ask(url + path, { headers: rebound })).toMatchObject({ status: 421, code: "PLB_SERVE_HOST_REFUSED" });
  }
  for (const headers of [{ origin: "null" }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }]) {
    expect(await ask(`${url}/status`, { headers: { ...bearer(TOKEN), ...headers } })).toMatchObject({ status: 403 });
  }
  const page = new Subscriber(url, "", { headers: { ...bearer(TOKEN) }, origin: "https://evil.example.net" });
  await page.until(({ closed }) => closed !== undefined);
  expect(page.frames).toEqual([]);
  const named = { ...bearer(TOKEN), origin, host: "logs.internal" };
  const answer = await ask(`${url}/status`, { headers: named });
  expect(answer).toMatchObject({ status: 200, headers: { "access-control-allow-origin": origin } });
  const preflight = await ask(`${url}/tickets`, { method: "OPTIONS", headers: { origin } });
  expect(preflight.headers["access-control-allow-headers"]).toContain("authorization");
});

test.each([
  ["an unknown parameter", "colour=red", "PLB_SERVE_PARAMETER_INVALID"],
  ["a batch of none", "batch=0", "PLB_SERVE_PARAMETER_INVALID"],
  ["two cursors", "cursor=latest&cursor=earliest", "PLB_SERVE_PARAMETER_INVALID"],
  ["a severity that is none", "minSeverity=99", "PLB_SERVE_PARAMETER_INVALID"],
  ["a packing that is none", "compress=lzma", "PLB_SERVE_PARAMETER_INVALID"],
  ["a star in the midst of a name", "wantedNames=a*b", "PLB_STREAM_OPTION_INVALID"],
  ["an attribute without a name", "wantedAttributes=%3D7", "PLB_SERVE_PARAMETER_INVALID"],
  ["a time that is none", "cursor=time:tomorrow", "PLB_SERVE_PARAMETER_INVALID"],
  [
    "more names than there may be",
    range(1, 60)
      .map((n) => `wantedNames=n${n}`)
      .join("&"),
    "PLB_SERVE_FILTER_TOO_LARGE",
  ],
])("%s is refused with its code, over both transports", async (_, query, code) => {
  const scene = await openJournal();
  const { url } = await serve({ journal: scene.journal, maxFilterEntries: 50 });
  expect(await ask(`${url}/events?${query}`)).toMatchObject({ status: 400, code });
  const client = new Subscriber(url, query);
  await client.until(({ closed }) => closed !== undefined);
  expect(client.frames).toMatchObject([{ kind: "error", code }]);
  expect(client.closed?.code).toBe(4400);
});

test.each([
  ["no JSON", "hello", "PLB_SERVE_MESSAGE_INVALID"],
  ["a message of another kind", { kind: "publish" }, "PLB_SERVE_MESSAGE_INVALID"],
  ["options that are none", { kind: "options_update", options: [1] }, "PLB_SERVE_MESSAGE_INVALID"],
  ["an unknown option", { kind: "options_update", options: { cursor: "latest" } }, "PLB_SERVE_PARAMETER_INVALID"],
  [
    "a million names",
    { kind: "options_update", options: { wantedNames: range(1, 2000).map((n) => `n${n}`) } },
    "PLB_SERVE_FILTER_TOO_LARGE",
  ],
  [
    "an attribute that asks for an object",
    { kind: "options_update", options: { wantedAttributes: { a: { b: 1 } } } },
    "PLB_STREAM_OPTION_INVALID",
  ],
])("a message with %s ends the subscription with a code and the cursor", async (_, message, code) => {
  const scene = await openJournal();
  await scene.append(2);
  const { url } = await serve({ journal: scene.journal });
  const client = await new Subscriber(url, "cursor=earliest").untilEvents(2);
  client.send(message);
  await client.until(({ closed }) => closed !== undefined);
  expect(client.frames.at(-1)).toMatchObject({ kind: "error", code, cursor: `${scene.epoch}:2` });
});

test("a message over the limit, a binary one, and an unmasked frame end the connection; others go on", async () => {
  const scene = await openJournal();
  const server = await serve({ journal: scene.journal });
  const calm = new Subscriber(server.url, "cursor=latest");
  const large = new Subscriber(server.url);
  large.socket.on("open", () => large.send("x".repeat(70_000)));
  const binary = new Subscriber(server.url);
  binary.socket.on("open", () => binary.socket.send(Buffer.from([1, 2, 3])));
  const upgrade =
    "GET /subscribe HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  const unmasked = speak(server.url, upgrade);
  await expect.poll(() => unmasked.said(), { timeout: 10_000 }).toContain("101");
  unmasked.socket.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
  await large.until(({ closed }) => closed?.code === 1009);
  await binary.until(({ closed }) => closed?.code === 4400);
  await expect.poll(() => unmasked.isOver(), { timeout: 10_000 }).toBe(true);
  await scene.append(1);
  expect((await calm.untilEvents(1)).numbers).toEqual([1]);
  await expect.poll(() => server.subscribers, { timeout: 10_000 }).toBe(1);
});

test("broken upgrades, wrong paths and what is no HTTP get a coded answer, and their connection ends", async () => {
  const scene = await openJournal();
  const server = await serve({ journal: scene.journal });
  const head = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
  const broken = [
    `GET /subscribe HTTP/1.1\r\n${head}\r\n`,
    `GET /subscribe HTTP/1.1\r\n${head}Sec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n\r\n`,
    `GET /elsewhere HTTP/1.1\r\n${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    `GET http://evil.example.net/subscribe HTTP/1.1\r\n${head}\r\n`,
    "GET /status HTTP/1.1\r\nHost: evil.example.net\r\n\r\n",
    "\u0016\u0003\u0001 this is TLS, or so\r\n\r\n",
    `GET /status HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`,
  ].map((text) => speak(server.url, text));
  for (const { said, isOver } of broken) {
    await expect.poll(isOver, { timeout: 10_000 }).toBe(true);
    expect(said()).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(said()).toMatch(/"code":"PLB_SERVE_(REQUEST_INVALID|HOST_REFUSED)"/);
  }
  expect(await ask(`${server.url}/subscribe`)).toMatchObject({ status: 426 });
  expect(await ask(`${server.url}/status`, { method: "DELETE" })).toMatchObject({ status: 405 });
  expect(server.subscribers).toBe(0);
});

test("heads that never end are cut off, and more connections than there may be are refused", async () => {
  const scene = await openJournal();
  const server = await serve({ journal: scene.journal, handshakeTimeoutMs: 300, maxConnections: 2 });
  const slow = range(1, 5).map(() => speak(server.url, "GET /events HTTP/1.1\r\nHost: localhost\r\nX-"));
  const late = new Subscriber(server.url, "requireHello=true");
  const kept = await new Subscriber(server.url, "cursor=latest").until(({ frames }) => frames.length > 0);
  const refused = new Subscriber(server.url);
  await refused.until(({ closed }) => closed !== undefined);
  expect(await ask(`${server.url}/events`)).toMatchObject({ status: 503, code: "PLB_SERVE_FULL" });
  for (const { isOver } of slow) await expect.poll(isOver, { timeout: 10_000 }).toBe(true);
  await late.until(({ closed }) => closed?.code === 4408);
  expect(late.frames).toMatchObject([{ kind: "error", code: "PLB_SERVE_HELLO_MISSING" }]);
  await scene.append(1);
  expect((await kept.untilEvents(1)).numbers).toEqual([1]);
});

test("who sends pings and updates and reads nothing does not fill the memory", async () => {
  const scene = await openJournal();
  await scene.append(130, 100_000);
  const server = await serve({ journal: scene.path });
  const client = new Subscriber(server.url, "cursor=earliest");
  await client.untilEvents(1);
  client.socket.pause();
  for (let at = 0; at < 300; at++) {
    client.socket.ping("x".repeat(120));
    client.send({ kind: "options_update", id: at, options: { maxMessageBytes: 1_000_000 + at } });
  }
  await expect.poll(async () => (await server.status()).subscribers[0]?.state, { timeout: 10_000 }).toBe("blocked");
  expect((await server.status()).bufferedBytes).toBeLessThan(512 * 1024);
  client.socket.resume();
  await client.until(({ frames }) => frames.some(({ options }) => options === 299));
  await client.until(({ frames }) => frames.some(({ live }) => live === true));
  expect(client.numbers).toEqual(range(1, 130));
});

test("a number or truth value that is wanted is one entry of the filter, though a text may be meant as well", async () => {
  const scene = await openJournal();
  await scene.append(1);
  const { url } = await serve({ journal: scene.journal, maxFilterEntries: 4 });
  const wanted = (count: number): string =>
    range(1, count)
      .map((n) => `wantedAttributes=n%3D${n}`)
      .join("&");
  const four = await new Subscriber(url, `cursor=earliest&${wanted(4)}`).untilEvents(1);
  expect(four.numbers).toEqual([1]);
  const five = await new Subscriber(url, wanted(5)).until(({ closed }) => closed !== undefined);
  expect(five.frames).toMatchObject([{ kind: "error", code: "PLB_SERVE_FILTER_TOO_LARGE" }]);
});

test("a second stream on a connection that has one is refused, and the server is closed all the same", async () => {
  const scene = await openJournal();
  await scene.append(3);
  const server = await serve({ journal: scene.journal });
  const head = "GET /events?cursor=earliest HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const both = speak(server.url, head + head);
  await expect.poll(both.said).toContain(`"${scene.epoch}:3"`);
  const refused = async (): Promise<unknown> => (await server.status()).refused;
  await expect.poll(refused).toEqual({ PLB_SERVE_REQUEST_INVALID: 1 });
  expect(server.subscribers).toBe(1);
  await server.close();
  await expect.poll(both.isOver, { timeout: 10_000 }).toBe(true);
});

test("a server is closed although somebody has not finished a head, and somebody reads nothing", async () => {
  const scene = await openJournal();
  await scene.append(130, 100_000);
  const server = await serve({ journal: scene.journal });
  const slow = speak(server.url, "GET /events HTTP/1.1\r\nHost: localhost\r\nX-");
  const stopped = await new Subscriber(server.url, "cursor=earliest").untilEvents(1);
  stopped.socket.pause();
  await expect.poll(async () => (await server.status()).subscribers[0]?.state, { timeout: 10_000 }).toBe("blocked");
  await server.close();
  await expect.poll(slow.isOver, { timeout: 10_000 }).toBe(true);
  expect(server.url).toBeUndefined();
});
