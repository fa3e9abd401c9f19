// A real S3 server to meet: versitygw over a folder, built by Go where Go is. `S3_SERVER` names a binary that is there already.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.mjs";

const VERSION = "v1.8.0";
const BUCKET = "far-side";

/** Builds, once, in a folder that outlives the run. `undefined`, and why, where it cannot be had. */
export function findServer() {
  const given = process.env.S3_SERVER;
  if (given !== undefined) return { path: given };
  const folder = join(tmpdir(), `plumbline-versitygw-${VERSION}`);
  const path = join(folder, "versitygw");
  if (existsSync(path)) return { path };
  const built = spawnSync("go", ["install", `github.com/versity/versitygw/cmd/versitygw@${VERSION}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: "" },
    encoding: "utf8",
    timeout: 500_000,
  });
  if (built.error !== undefined) return { why: "needs Go, or S3_SERVER, for an S3 server" };
  return existsSync(path)
    ? { path }
    : { why: `needs an S3 server, and Go could not build one: ${built.stderr.slice(-300)}` };
}

/** Starts one with an empty bucket, on a port of its own. */
export async function startServer(path) {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-s3-"));
  for (const name of ["data", `data/${BUCKET}`, "meta"]) mkdirSync(join(folder, name));
  const port = await freePort();
  const access = "plumbline";
  const secret = ["only", "for", "this", "run"].join("-");
  const options = {
    bucket: BUCKET,
    endpoint: `http://127.0.0.1:${port}`,
    accessKeyId: access,
    secretAccessKey: secret,
  };
  const remove = () => rmSync(folder, { recursive: true, force: true });
  let running = await run(path, options, folder).catch((error) => {
    remove();
    throw error;
  });
  return {
    options,
    /** The bucket as a folder: each object is a file there. */
    bucketFolder: join(folder, "data", BUCKET),
    kill: () => stop(running),
    restart: async () => {
      running = await run(path, options, folder);
    },
    close: async () => {
      await stop(running);
      remove();
    },
  };
}

async function run(path, { endpoint, accessKeyId, secretAccessKey }, folder) {
  const keys = ["--access", accessKeyId, "--secret", secretAccessKey];
  const store = ["posix", "--sidecar", join(folder, "meta"), join(folder, "data")];
  const server = spawn(path, ["--port", new URL(endpoint).host, ...keys, ...store], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  server.on("error", () => undefined); // told below: it does not start
  let said = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk) => (said += chunk));
  for (let tries = 0; tries < 400 && server.exitCode === null; tries++) {
    try {
      await fetch(endpoint);
      return server;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50)); // it is not up yet
    }
  }
  await stop(server);
  throw new Error(`the S3 server did not start: ${said.slice(-500)}`);
}

async function stop(server) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill("SIGKILL");
  await new Promise((resolve) => server.once("exit", resolve));
}
