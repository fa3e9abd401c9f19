import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { runBounded } from "./run-bounded.mjs";

const quiet = { stdio: "ignore" };

test("what a program says at its end is handed on", async () => {
  const end = await runBounded(process.execPath, ["-e", "process.exit(3)"], { ...quiet, timeoutMs: 60_000 });
  assert.deepEqual(end, { status: 3, signal: null, isLate: false });
  await assert.rejects(runBounded("no-such-program", [], { ...quiet, timeoutMs: 60_000 }), { code: "ENOENT" });
});

test("whoever is late is ended with what it has started", async () => {
  // The one below holds a connection open as long as it runs.
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const below = `require("node:net").connect(${server.address().port}, "127.0.0.1"); process.on("SIGTERM", () => {})`;
  const above = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(below)}], { detached: true })`;
  const connected = once(server, "connection");
  const end = runBounded(process.execPath, ["-e", `${above}; setInterval(() => {}, 1e6)`], {
    ...quiet,
    timeoutMs: 3000,
    graceMs: 100,
  });
  const [socket] = await connected;
  socket.on("error", () => undefined).resume();
  const closed = once(socket, "close");
  assert.equal((await end).isLate, true);
  await closed;
  server.close();
});
