import { PlumblineError } from "@plumbline/core";
import { listSlots } from "@plumbline/file";
import type { SystemPlan } from "@plumbline/sdk";
import type { Command } from "commander";
import { createCommand } from "../command.ts";
import { requirePlan } from "../config/read-plan.ts";
import { describePlan } from "../doctor/describe-plan.ts";
import { describeSlot } from "../doctor/describe-slot.ts";
import { renderRunning } from "../doctor/render-running.ts";
import { isWell, readRunning, type RunningService } from "../doctor/running-service.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";

export interface DoctorOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** A socket that did not answer. */
interface Silent {
  readonly socket: string;
  readonly code: string;
  readonly message: string;
}

export function doctorCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "doctor",
    summary: "what the config would wire and what is skipped, and the accounting of running services",
    details: `
Nothing is started, and nothing of a running service is changed: it is asked over its report socket.
Where several processes or threads asked for the journal's path, or one has left files behind, each slot is listed: who writes it, and what is
in it. A free slot is taken up by the next process that starts; until then nobody delivers what is in it.
A long-running part, such as a hand-off, says of itself how it stands.
It exits with 1 when something is not ok: an account that does not add up, a component that is down, a service that runs with its last good
config for the one at hand was refused, or an assertion that would fail.
For every output, at any moment: accepted + adopted = delivered + in flight + queued + filtered + dropped.
`,
    examples: [
      { type: "plumbline doctor", does: "the config that a service here would use, and the services that run with it" },
      { type: "plumbline doctor --config /etc/shop/plumbline.yaml", does: "another one" },
      { type: "plumbline doctor --json | jq '.running[].outputs'", does: "for a program" },
    ],
  })
    .option("-c, --config <file>", "the config; without it PLUMBLINE_CONFIG, else plumbline.{yaml,yml,json,mjs} here")
    .option("--json", "print one JSON object")
    .action(async (options: DoctorOptions) => {
      report(await doctor(console, options));
    });
}

/**
 * Exits with 1 when a running service is not well (an account does not add up, a component is down, the config at hand was refused), or an assertion
 * would keep one from starting.
 */
async function doctor(console: Console, options: DoctorOptions): Promise<ExitCode> {
  const plan = await requirePlan(console, options.config);
  const { running, silent } = await askRunning(plan, console);
  const description = describePlan(plan);
  const slots = plan.journal === undefined ? [] : (await listSlots(plan.journal.path)).map(describeSlot);
  const isOk = running.every(isWell) && description.components.every(({ failedAssert }) => failedAssert === null);
  if (options.json === true) {
    await console.out.write(`${JSON.stringify({ ok: isOk, ...description, slots, running, silent })}\n`);
  } else {
    await console.out.write(renderRunning(description, slots, running, console));
    for (const { socket, message } of silent)
      console.err.print(console.errColours.dim(`${safeText(socket)}: ${safeText(message)}\n`));
  }
  return isOk ? EXIT.ok : EXIT.found;
}

async function askRunning(
  plan: SystemPlan,
  { clock }: Console,
): Promise<{ readonly running: readonly RunningService[]; readonly silent: readonly Silent[] }> {
  const { findReportSockets, readReport } = await import("@plumbline/sdk");
  const sockets = plan.dataDir === undefined ? [] : await findReportSockets(plan.dataDir);
  const running: RunningService[] = [];
  const silent: Silent[] = [];
  for (const { path } of sockets) {
    try {
      const report = readRunning(await readReport(path, { clock }));
      if (report !== undefined) running.push(report);
    } catch (error) {
      if (!PlumblineError.isInstance(error)) throw error;
      silent.push({ socket: path, code: error.code, message: error.message });
    }
  }
  return { running, silent };
}
