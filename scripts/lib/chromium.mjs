// A Chromium to meet: the one that PLUMBLINE_CHROMIUM names, or the path has. It is driven by the DevTools protocol over its own socket.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

/** The command of a Chromium that runs; `undefined` when none can be had. */
export function findChromium() {
  const named = process.env.PLUMBLINE_CHROMIUM;
  const names = named === undefined ? ["chromium", "chromium-browser", "google-chrome"] : [named];
  return names.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

/**
 * Starts it without a window, with a profile of its own; both end with the test.
 *
 * @param {{ after: (cleanUp: () => Promise<void>) => void }} t
 * @param {string} command
 */
export async function startChromium(t, command) {
  const profile = mkdtempSync(join(tmpdir(), "plumbline-chromium-"));
  const isRoot = process.getuid?.() === 0;
  const child = spawn(
    command,
    [
      "--headless=new",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "--no-first-run",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      ...(isRoot ? ["--no-sandbox"] : []),
      "about:blank",
    ],
    { stdio: ["ignore", "ignore", "pipe"], detached: true },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  t.after(async () => {
    const isRunning = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    if (isRunning) process.kill(-child.pid, "SIGKILL"); // the group that it leads: its children too
    await ended;
    await removeProfile(profile);
  });
  let said = "";
  const address = await new Promise((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
      const found = /DevTools listening on (ws:\S+)/u.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(`Chromium ended before it listened: ${said}`)));
  });
  return connect(t, address);
}

/** Its children end a little later than it does, and write files of their own until then, which a folder's removal comes upon. */
async function removeProfile(profile) {
  for (const deadline = Date.now() + 10_000; ; await sleep(50)) {
    try {
      return await rm(profile, { recursive: true, force: true });
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** The browser's own end of the protocol: opens pages. */
async function connect(t, address) {
  const socket = new WebSocket(address, { perMessageDeflate: false });
  await once(socket, "open");
  t.after(() => socket.terminate());
  const waiting = new Map();
  let lastId = 0;
  socket.on("message", (/** @type {Buffer} */ data) => {
    const { id, result, error } = JSON.parse(data.toString("utf8"));
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error === undefined) resolve?.(result);
    else reject?.(new Error(error.message));
  });
  socket.on("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("Chromium's end of the connection is gone"));
    waiting.clear();
  });
  const call = (method, params, sessionId) =>
    new Promise((resolve, reject) => {
      if (socket.readyState !== WebSocket.OPEN) return reject(new Error("Chromium's end of the connection is gone"));
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      socket.send(JSON.stringify({ id: lastId, method, params, sessionId }));
    });
  return {
    /** Opens a page, in which `evaluate` runs an expression and gives its value. */
    async open(url) {
      const { targetId } = await call("Target.createTarget", { url });
      const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
      return {
        async evaluate(expression) {
          const { result, exceptionDetails } = await call(
            "Runtime.evaluate",
            { expression, awaitPromise: true, returnByValue: true },
            sessionId,
          );
          if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
          return result.value;
        },
        reload: () => call("Page.reload", {}, sessionId),
      };
    },
  };
}
