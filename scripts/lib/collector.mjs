// An OpenTelemetry Collector to meet: the one that PLUMBLINE_OTELCOL names, or one built from its Go modules by its own builder, once for this
// machine. It has to have the otlp receiver, and the exporters debug and file.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "./free-port.mjs";

/** Of versions whose modules are published, and those that they need: the newest for which that was so everywhere it was tried. */
const VERSION = "0.162.0";
const STABLE = "1.68.0";
const CORE = "go.opentelemetry.io/collector";
const MODULES = {
  receivers: [`${CORE}/receiver/otlpreceiver v${VERSION}`],
  exporters: [
    `${CORE}/exporter/debugexporter v${VERSION}`,
    `github.com/open-telemetry/opentelemetry-collector-contrib/exporter/fileexporter v${VERSION}`,
  ],
  providers: [`${CORE}/confmap/provider/fileprovider v${STABLE}`],
};
const STEP_MS = 420_000;
const READY_MS = 30_000;

/** The path of a collector that runs, or why there is none. Building one takes two to three minutes; modules and checksums are Go's own. */
export function findCollector() {
  const named = process.env.PLUMBLINE_OTELCOL;
  if (named !== undefined)
    return runs(named) ? { path: named } : { missing: "PLUMBLINE_OTELCOL names none with all of it" };
  const folder = join(tmpdir(), `plumbline-otelcol-${VERSION}`);
  const path = join(folder, "otelcol");
  if (existsSync(path) && runs(path)) return { path };
  if (spawnSync("go", ["version"]).status !== 0) return { missing: "there is no Go to build it with" };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "sources"), { recursive: true });
  const failure = build(folder);
  if (failure === undefined && runs(path)) return { path };
  rmSync(folder, { recursive: true, force: true });
  return { missing: `it could not be built (${failure ?? "what was built does not run"})` };
}

/** Whether it runs, and has what is needed. */
function runs(path) {
  const { status, stdout } = spawnSync(path, ["components"], { encoding: "utf8" });
  return status === 0 && ["name: otlp\n", "name: file\n", "name: debug\n"].every((each) => stdout.includes(each));
}

/** What kept it from being built. */
function build(folder) {
  const env = { ...process.env, GOBIN: folder, GOFLAGS: "-buildvcs=false", GOTOOLCHAIN: "local" };
  const sources = join(folder, "sources");
  const gomod = (module) => `{ gomod: "${module}" }`;
  const groups = Object.entries(MODULES).map(([kind, modules]) => `${kind}: [${modules.map(gomod).join(", ")}]`);
  const config = [`dist: { name: otelcol, output_path: ${sources} }`, "conf_resolver: { default_uri_scheme: file }"];
  writeFileSync(join(folder, "builder.yaml"), `${[...config, ...groups].join("\n")}\n`);
  // The builder would have `go mod tidy` get the modules, which wants those of everybody's tests as well: some of them are not to be had.
  const required = [...Object.values(MODULES).flat(), `${CORE}/otelcol v${VERSION}`];
  writeFileSync(
    join(sources, "go.mod"),
    `module otelcol\n\ngo 1.25\n\nrequire (\n${required.map((module) => `\t${module}\n`).join("")})\n`,
  );
  const steps = [
    [folder, "go", ["install", `${CORE}/cmd/builder@v${VERSION}`]],
    [folder, join(folder, "builder"), ["--config", "builder.yaml", "--skip-get-modules", "--skip-compilation"]],
    [sources, "go", ["build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", "../otelcol.new", "."]],
  ];
  for (const [cwd, command, args] of steps) {
    const { status, stderr, error } = spawnSync(command, args, { cwd, env, encoding: "utf8", timeout: STEP_MS });
    if (status !== 0) return /\d{3} [A-Z][a-z]+/u.exec(stderr ?? "")?.[0] ?? error?.code ?? stderr.trim().slice(-300);
  }
  renameSync(join(folder, "otelcol.new"), join(folder, "otelcol"));
  rmSync(sources, { recursive: true });
  return undefined;
}

/**
 * A collector that writes what it gets into one file, a request a line, and can be stopped and started again where it was. It ends with the test.
 *
 * @param {{ after: (cleanUp: () => Promise<void>) => void }} test
 */
export async function startCollector(test, path, { folder, output = join(folder, "received.jsonl") }) {
  const port = await freePort();
  // With a rotation it writes each request at once, and knows when that fails; without, it keeps them for a second.
  const config = join(folder, "collector.yaml");
  const log = join(folder, "collector.log");
  const pipeline = "{ receivers: [otlp], exporters: [file, debug] }";
  writeFileSync(
    config,
    `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } } }
exporters: { file: { path: "${output}", rotation: { max_megabytes: 1000 } }, debug: { verbosity: detailed } }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { logs: ${pipeline}, traces: ${pipeline}, metrics: ${pipeline} }
`,
  );
  const descriptor = openSync(log, "a");
  let child;
  let ended;
  const start = async () => {
    child = spawn(path, ["--config", `file:${config}`], { stdio: ["ignore", descriptor, descriptor] });
    ended = once(child, "exit");
    for (const until = Date.now() + READY_MS; !(await listens(port)); await wait(50)) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`no collector: ${readFileSync(log, "utf8")}`);
    }
  };
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  process.on("exit", () => child.kill("SIGKILL"));
  test.after(kill);
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    start,
    kill,
    stop: () => child.kill("SIGSTOP"),
    goOn: () => child.kill("SIGCONT"),
    /** What its debug exporter has written. */
    log: () => readFileSync(log, "utf8"),
    /** The requests in its file. Of one that a full disk has cut off, what stands before the next is left out: it was not acknowledged. */
    requests: () => (existsSync(output) ? readFileSync(output, "utf8").split("\n").flatMap(requestsIn) : []),
  };
}

/** A message without the fields of it that hold a message which says nothing: a collector writes some that nobody sent. */
export function meaningOf(message) {
  const saysNothing = (held) => held !== null && typeof held === "object" && Object.keys(held).length === 0;
  const text = JSON.stringify(message, (key, held) => (key !== "value" && saysNothing(held) ? undefined : held));
  return JSON.parse(text);
}

function requestsIn(line) {
  for (const { index } of line.matchAll(/\{"resource(?:Logs|Spans|Metrics)"/gu)) {
    try {
      return [JSON.parse(line.slice(index))];
    } catch {
      continue; // cut off, and maybe followed by a whole one
    }
  }
  return [];
}

async function listens(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
