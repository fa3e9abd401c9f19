// Two pages of a real browser follow a live stream with the client as it is published, through a reload, a restart of the server and tickets.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { LineRecord } from "../../packages/core/dist/index.js";
import { createFileSink } from "../../packages/file/dist/index.js";
import { createStreamServer } from "../../packages/stream-server/dist/index.js";
import { findChromium, startChromium } from "../lib/chromium.mjs";
import { createScratch } from "../lib/scratch.mjs";

const DIST = resolve(import.meta.dirname, "../../packages/stream-server/dist");
const TOKEN = "interop".repeat(4);
const BOUND_MS = 60_000;

/** What a page does: it keeps what it has seen, with the cursor, and goes on there after a reload. */
const PAGE = `<!doctype html><title>follows</title><script type="module">
import { followStream } from "/client.js";
const key = new URL(location.href).searchParams.get("name");
const server = await (await fetch("/server")).text();
const kept = JSON.parse(localStorage.getItem(key) ?? '{"cursor":"earliest","numbers":[],"gaps":0,"loads":0}');
kept.loads += 1;
window.kept = kept;
const ticket = async () => (await fetch("/ticket")).text();
try {
  for await (const item of followStream({ url: server, cursor: kept.cursor, ticket, retry: { initialMs: 50, maxMs: 200 } })) {
    if (item.kind === "events") for (const line of item.lines) kept.numbers.push(line.event().attributes.n);
    if (item.kind === "gap") kept.gaps += 1;
    kept.cursor = item.cursor;
    localStorage.setItem(key, JSON.stringify(kept));
  }
} catch (error) {
  window.failure = String(error?.code ?? error);
}
</script>`;

const command = findChromium();
const options =
  command === undefined
    ? { skip: "needs Chromium: on the path, or in PLUMBLINE_CHROMIUM; Debian's package is chromium" }
    : {};

test("two pages follow a live stream, through a reload and a restart of the server", options, async (t) => {
  const folder = createScratch(t, {});
  const journal = createFileSink({ path: join(folder, "checkout.jsonl"), rotate: { maxBytes: 50_000 } });
  await journal.start();
  t.after(() => journal.close());

  const scene = { server: undefined };
  const site = createServer((request, response) => void answer(scene, request, response));
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  t.after(() => {
    site.closeAllConnections();
    site.close();
  });
  const origin = `http://127.0.0.1:${site.address().port}`;
  const serve = async (listen) => {
    const server = createStreamServer({ journal, listen, token: TOKEN, allowedOrigins: [origin] });
    await server.start();
    scene.server = server;
  };
  await serve("127.0.0.1:0");
  t.after(() => scene.server.close());
  const listen = new URL(scene.server.url).host;

  let written = 0;
  const write = async (count) => {
    for (let at = 0; at < count; at += 10) {
      await Promise.all(Array.from({ length: 10 }, () => journal.appendAsync(lineOf((written += 1)))));
      await wait(2);
    }
  };
  await write(500);
  const browser = await startChromium(t, command);
  const pages = await Promise.all(["one", "two"].map((name) => browser.open(`${origin}/?name=${name}`)));
  for (const page of pages) await until(page, "window.kept?.numbers.length > 0");

  // While it is written on, one page is loaded anew, and then the server is another one.
  const writing = write(1000);
  await until(pages[0], "window.kept.numbers.length > 600");
  await pages[0].reload();
  await scene.server.close();
  await serve(listen);
  await writing;
  await write(100);

  const wanted = Array.from({ length: written }, (_, at) => at + 1);
  for (const [index, page] of pages.entries()) {
    await until(page, `window.failure !== undefined || window.kept?.numbers.length >= ${written}`);
    const kept = JSON.parse(await page.evaluate("JSON.stringify({ ...window.kept, failure: window.failure })"));
    assert.equal(kept.failure, undefined);
    assert.deepEqual(kept.numbers, wanted);
    assert.equal(kept.gaps, 0);
    assert.equal(kept.loads, index === 0 ? 2 : 1);
  }
  const status = await scene.server.status();
  assert.deepEqual(
    status.subscribers.map(({ phase }) => phase),
    ["live", "live"],
  );
});

test("a page of another origin gets nothing, with a ticket or without", options, async (t) => {
  const folder = createScratch(t, {});
  const journal = createFileSink({ path: join(folder, "checkout.jsonl") });
  await journal.start();
  t.after(() => journal.close());
  const server = createStreamServer({ journal, listen: "127.0.0.1:0", token: TOKEN });
  await server.start();
  t.after(() => server.close());
  const site = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>page"));
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  t.after(() => {
    site.closeAllConnections();
    site.close();
  });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const { ticket } = await (await fetch(`${server.url}/tickets`, { method: "POST", headers })).json();
  const browser = await startChromium(t, command);
  const origin = `http://127.0.0.1:${site.address().port}`;
  const page = await browser.open(`${origin}/`);
  await until(page, `location.origin === "${origin}" && document.readyState === "complete"`);
  const address = JSON.stringify(`${server.url}/events?cursor=earliest&ticket=${ticket}`);
  assert.equal(await page.evaluate(`fetch(${address}).then(() => "read", () => "refused")`), "refused");
  const socket = JSON.stringify(`${server.url.replace("http", "ws")}/subscribe?ticket=${ticket}`);
  const opened = `new Promise((done) => { const s = new WebSocket(${socket}); s.onopen = () => done("read"); s.onerror = () => done("refused"); })`;
  assert.equal(await page.evaluate(opened), "refused");
  assert.equal((await server.status()).refused.PLB_SERVE_ORIGIN_REFUSED, 2);
});

/** The site's own pages: its back end knows the token, and gives its pages tickets. */
async function answer(scene, request, response) {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname === "/") response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
  else if (pathname === "/server") response.end(scene.server.url);
  else if (pathname === "/ticket") {
    const headers = { authorization: `Bearer ${TOKEN}` };
    try {
      const given = await fetch(`${scene.server.url}/tickets`, { method: "POST", headers });
      response.end((await given.json()).ticket);
    } catch {
      response.writeHead(502).end(); // between two servers
    }
  } else if (/^\/[\w/-]+\.js$/u.test(pathname)) {
    response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(join(DIST, pathname)));
  } else response.writeHead(404).end();
}

function lineOf(n) {
  const fields = { time: "2026-11-20T21:57:03.000000Z", severity: "INFO", name: "test.line", attributes: { n } };
  const rest = JSON.stringify(fields).slice(1);
  return new LineRecord(rest, rest.length + 1, 0, 0, 9, "test.line", "logs");
}

async function until(page, condition) {
  const endMs = performance.now() + BOUND_MS;
  for (;;) {
    const holds = await page.evaluate(condition).catch(() => false); // in the midst of a reload
    if (holds) return;
    assert.ok(performance.now() < endMs, `never: ${condition}`);
    await wait(50);
  }
}
