// A Chromium to meet: the one that PLUMBLINE_CHROMIUM names, or the path has. It is driven by the DevTools protocol over its own socket.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { WebSocket } from "ws";

/** The command of a Chromium that runs; `undefined` when none can be had. */
export function findChromium() {
  const named = process.env.PLUMBLINE_CHROMIUM;
  const names = named === undefined ? ["chromium", "chromium-browser", "google-chrome"] : [named];
  return names.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

/**
 * Starts it without a window, with a profile of its own in the folder; it ends with the test.
 *
 * @param {{ after: (cleanUp: () => Promise<void>) => void }} t
 * @param {string} command
 * @param {string} profile
 */
export async function startChromium(t, command, profile) {
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
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  t.after(async () => {
    if (child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
  let said = "";
  child.stderr.setEncoding("utf8");
  for await (const text of child.stderr) {
    said += text;
    const address = /DevTools listening on (ws:\S+)/u.exec(said)?.[1];
    if (address !== undefined) {
      child.stderr.resume();
      return connect(t, address);
    }
  }
  throw new Error(`Chromium ended before it listened: ${said}`);
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
  const call = (method, params, sessionId) =>
    new Promise((resolve, reject) => {
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
