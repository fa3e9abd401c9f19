import { createRandom } from "@plumbline/testing";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, World } from "./world.ts";

const RELOADS = Number(process.env["PLUMBLINE_RELOAD_LOAD"] ?? 30);
const SEED = Number(process.env["PLUMBLINE_RELOAD_SEED"] ?? Date.now() % 1_000_000);

/** Which file of lines each output writes, in one config. */
type Files = ReadonlyMap<string, string>;

function configOf(random: () => number, edit: number): { readonly yaml: string; readonly files: Files } {
  const files = new Map<string, string>();
  const chance = (share: number): boolean => random() < share;
  const options = (): string =>
    [
      chance(0.3) ? `flushInterval: ${1 + Math.floor(random() * 20)}ms` : "",
      chance(0.2) ? "rotate: { maxBytes: 64KiB }" : "",
      chance(0.2) ? "fileMode: '0640'" : "",
    ]
      .filter((part) => part !== "")
      .map((part) => `, ${part}`)
      .join("");
  const journal = chance(0.85) ? (chance(0.7) ? "j1" : "j2") : undefined;
  if (journal !== undefined) files.set("journal", journal);
  // At times each writes the file that the other had.
  const paths = chance(0.3) ? ["b", "a"] : ["a", "b"];
  const sinks = ["a", "b"].flatMap((name, index) => {
    if (chance(0.2)) return [];
    const file = `sink-${paths[index]}${chance(0.7) ? "" : "-2"}`;
    files.set(name, file);
    return [`  ${name}: { use: file, path: ./${file}.jsonl${options()} }`];
  });
  if (files.size === 0) files.set("journal", "j1");
  const path = files.get("journal");
  const yaml = [
    "service: { name: shop }",
    "dataDir: ./data",
    `journal: ${path === undefined ? "false" : `{ path: ./${path}.jsonl${options()} }`}`,
    `processors: [{ use: tag, mark: ${edit} }]`,
    sinks.length === 0 ? "" : `sinks:\n${sinks.join("\n")}`,
  ].join("\n");
  return { yaml, files };
}

function namesIn(cwd: string, stem: string): readonly string[] {
  return readdirSync(cwd)
    .filter((name) => name.startsWith(`${stem}.`) && /\.(?:jsonl|sealing)$/.test(name))
    .flatMap((name) => readFileSync(join(cwd, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { readonly name?: string }).name ?? "")
    .filter((name) => name.startsWith("e"));
}

test(
  `real files under load: ${RELOADS} reloads while events are emitted without a pause (seed ${SEED})`,
  { timeout: 600_000 },
  async () => {
    const random = createRandom(SEED);
    // Not the same one: how many are emitted goes by the time there is, and the configs must not.
    const burst = createRandom(SEED + 1);
    const world = new World();
    const configs = [configOf(random, 0)];
    const where = new Map<string, number>();
    world.onTag = (name, mark) => void where.set(name, Number(mark));
    const { telemetry, cwd, edit } = await run(world, configs[0]?.yaml ?? "");
    let emitted = 0;
    const end = new AbortController();
    const load = (async () => {
      while (!end.signal.aborted) {
        for (let rest = 1 + Math.floor(burst() * 12); rest > 0; rest--)
          telemetry.emit(`e${emitted++}`, { padding: "x".repeat(40) });
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (let index = 1; index <= RELOADS; index++) {
      const config = configOf(random, index);
      configs.push(config);
      await edit(config.yaml);
      if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 4));
    }
    end.abort();
    await load;
    await telemetry.flush();
    const report = telemetry.report();
    await telemetry.close();

    expect(report.intake).toMatchObject({ emitted, accepted: emitted, dropped: {} });
    expect(report.reload).toMatchObject({ generation: RELOADS + 1, rejected: 0, down: [] });
    const wanted = new Map<string, number[]>();
    for (let event = 0; event < emitted; event++) {
      for (const file of configs[where.get(`e${event}`) ?? -1]?.files.values() ?? []) {
        const events = wanted.get(file);
        if (events === undefined) wanted.set(file, [event]);
        else events.push(event);
      }
    }
    for (const file of ["j1", "j2", "sink-a", "sink-a-2", "sink-b", "sink-b-2"]) {
      const found = namesIn(cwd, file).map((name) => Number(name.slice(1)));
      expect(
        found.toSorted((a, b) => a - b),
        file,
      ).toEqual(wanted.get(file) ?? []);
    }
    for (const output of report.outputs) {
      const { name, accepted, adopted, delivered, inFlight, queued, filtered, dropped } = output;
      expect({ name, dropped, queued, inFlight }).toEqual({ name, dropped: {}, queued: 0, inFlight: 0 });
      expect(accepted + adopted, name).toBe(delivered + filtered);
      const mine = configs.map(({ files }) => files.has(name));
      const count = [...where.values()].filter((mark) => mine[mark] === true).length;
      expect(accepted, name).toBe(count);
    }
    // A slot of its own would mean that a file was opened while it was still held.
    expect(readdirSync(cwd).filter((name) => name.includes(".slot"))).toEqual([]);
  },
);
