import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { start, type SystemReport } from "@plumbline/sdk";
import { runShop, type ShopTally } from "./checkout.ts";
import { type Findings, inspect, journalFiles } from "./oracle.ts";
import { listSecrets, makeShopSecrets, type PlantedSecret } from "./planted-secrets.ts";
import { createScreen, type Screen } from "./screen.ts";
import { type Figure, isRight, judge, mustHold, type Verdict } from "./verdict.ts";

const WORKERS = 8;
const ORDERS_PER_WORKER = 400;
const LARGE = 1024 * 1024;

/**
 * Sells for a few seconds, closes the shop, and lets the oracle compare what stands in the files with what the shop did and what Plumbline
 * says. Exits with 1 if any figure is wrong.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { orders: { type: "string", default: String(ORDERS_PER_WORKER) } } });
  const ordersPerWorker = Number(values.orders);
  const screen = createScreen(process.stdout);
  const folder = mkdtempSync(join(tmpdir(), "plumbline-checkout-"));
  const secrets = makeShopSecrets();
  const planted = listSecrets(secrets);

  screen.title("Plumbline demo: a checkout service, its telemetry, and an oracle that trusts neither");
  screen.say(`${WORKERS} workers sell at the same time. Passwords, tokens, cards and keys get into what they say.`);
  screen.say(`Everything goes through plumbline.yaml into ${folder}\n`);

  const telemetry = await start({
    configFile: fileURLToPath(new URL("../plumbline.yaml", import.meta.url)),
    env: { ...process.env, CHECKOUT_TELEMETRY: folder },
  });
  const all = WORKERS * ordersPerWorker;
  const tally = await runShop({
    telemetry,
    secrets,
    workers: WORKERS,
    ordersPerWorker,
    onOrder: (now) => screen.progress(now.orders / all, describe(now)),
  });
  screen.endProgress();
  await telemetry.close();

  const { verdicts, facts } = examine(folder, planted, tally, telemetry.report());
  screen.table(verdicts);
  screen.facts(facts);
  const isAllRight = isRight(verdicts, facts);
  screen.end(isAllRight);
  suggest(screen, folder);
  process.exitCode = isAllRight ? 0 : 1;
}

/** Reads back what is in the folder, and compares. */
function examine(
  folder: string,
  secrets: readonly PlantedSecret[],
  tally: Readonly<ShopTally>,
  report: SystemReport,
): { readonly verdicts: readonly Verdict[]; readonly facts: readonly Figure[] } {
  const journal = inspect({ paths: journalFiles(folder, "checkout"), secrets, expects: "whole" });
  const alerts = inspect({ paths: [join(folder, "alerts.jsonl")], secrets, expects: "with gaps" });
  const printer = inspect({ paths: findFiles(folder, "receipts.jsonl"), secrets, expects: "with gaps" });
  const row = (name: string, found: Findings, notForIt: number, mayOverflow: boolean): Verdict => {
    const account = report.outputs.find((output) => output.name === name);
    if (account === undefined) throw new Error(`The report has no output ${name}.`);
    return judge({ name, emitted: tally.events, found, notForIt, mayOverflow, report: account });
  };
  const redacted = Object.values(report.redacted).reduce((sum, count) => sum + count, 0);
  return {
    verdicts: [
      row("journal", journal, 0, false),
      row("alerts", alerts, journal.belowError, false),
      row("printer", printer, 0, true),
    ],
    facts: [
      mustHold("secrets", `${count(journal.planted)} events had one, ${count(redacted)} were redacted`, journal.planted === tally.planted && redacted >= tally.planted),
      mustHold("below INFO", `${count(tally.debugEvents)} emitted, none written`, journal.lines === tally.events),
      mustHold("rotation", `${count(journal.files)} files, ${count(Math.round(journal.bytes / 1024))} KiB of lines`, journal.files > 1),
      mustHold("largest line", `${count(Math.round(journal.longestLine / 1024))} KiB`, journal.longestLine > LARGE),
    ],
  };
}

function suggest(screen: Screen, folder: string): void {
  screen.commands([
    [`npx plumbline verify ${folder}`, "the same check with Plumbline's own reader"],
    [`npx plumbline tail ${join(folder, "checkout.jsonl")} --name 'payment.*'`, "payments, for people to read"],
    [`npx plumbline tail -n all --json ${join(folder, "checkout.jsonl")} | grep -c redacted`, "how many lines had something to hide"],
  ]);
}

function describe({ orders, events, planted }: Readonly<ShopTally>): string {
  return `${count(orders)} orders   ${count(events)} events   ${count(planted)} with secrets`;
}

function findFiles(folder: string, name: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(name))
    .map((path) => join(folder, path));
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

void main();
