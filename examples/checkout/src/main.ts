import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { start } from "@plumbline/sdk";
import { runShop, type ShopTally } from "./checkout.ts";
import { Collector } from "./collector.ts";
import { editFigures } from "./edit-figures.ts";
import { examine } from "./examine.ts";
import { examineSubscriber } from "./examine-subscriber.ts";
import { startHandOver } from "./hand-over.ts";
import { layOutConfig, LiveEdits } from "./live-edits.ts";
import { listSecrets, makeShopSecrets } from "./planted-secrets.ts";
import { createScreen, type Screen } from "./screen.ts";
import { KilledSubscriber } from "./subscriber-story.ts";
import { isRight } from "./verdict.ts";

const WORKERS = 8;
const ORDERS_PER_WORKER = 300;

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

  screen.title("Plumbline demo: a checkout service, its telemetry, and an oracle that trusts neither");
  screen.say(`${WORKERS} workers sell at the same time. Passwords, tokens, cards and keys get into what they say.`);
  screen.say(`Everything goes through plumbline.yaml into ${folder},`);
  screen.say(
    "and to an OpenTelemetry collector that is away for a third of the day. The config is edited three times meanwhile, once wrongly.\n",
  );

  const collector = new Collector(folder);
  const collectorUrl = await collector.open();
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const configFile = layOutConfig(here("../plumbline.yaml"), folder, here("./"));
  const telemetry = await start({
    configFile,
    env: { ...process.env, CHECKOUT_TELEMETRY: folder, CHECKOUT_COLLECTOR: collectorUrl },
  });
  const handOver = await startHandOver(folder);
  const all = WORKERS * ordersPerWorker;
  const subscriber = new KilledSubscriber(telemetry, folder);
  const edits = new LiveEdits(telemetry, configFile);
  const tally = await runShop({
    telemetry,
    secrets,
    workers: WORKERS,
    ordersPerWorker,
    onOrder: (now) => {
      edits.at(now.orders / all);
      collector.follow(now.orders / all);
      screen.progress(now.orders / all, describe(now));
      subscriber.follow(now.orders / all);
    },
  });
  const outcomes = await edits.done();
  screen.endProgress();
  await telemetry.flush();
  const story = await subscriber.finish();
  await telemetry.close();
  const collectorDay = await collector.close();

  const report = telemetry.report();
  const examined = examine({ folder, secrets: listSecrets(secrets), tally, report, collectorDay });
  const verdicts = [...examined.verdicts, examineSubscriber(folder, listSecrets(secrets), story)];
  const facts = [...editFigures(outcomes, report, verdicts), ...examined.facts, ...(await handOver.end())];
  screen.table(verdicts);
  screen.facts(facts);
  const isAllRight = isRight(verdicts, facts);
  screen.end(isAllRight);
  suggest(screen, folder);
  process.exitCode = isAllRight ? 0 : 1;
}

function suggest(screen: Screen, folder: string): void {
  screen.commands([
    [`npx plumbline verify ${folder}`, "the same check with Plumbline's own reader"],
    [`npx plumbline tail ${join(folder, "checkout.jsonl")} --name 'payment.*'`, "payments, for people to read"],
    [
      `npx plumbline tail -n all --json ${join(folder, "checkout.jsonl")} | grep -c redacted`,
      "how many lines had something to hide",
    ],
  ]);
}

function describe({ orders, events, planted }: Readonly<ShopTally>): string {
  return `${count(orders)} orders   ${count(events)} events   ${count(planted)} with secrets`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

void main();
