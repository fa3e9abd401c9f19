import { createErrorFactory } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";
import type { Console } from "../terminal/console.ts";
import { requirePlan } from "./read-plan.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** The journal that a service here would write. Throws `PLB_CLI_NO_JOURNAL`. */
export async function configuredJournal(console: Console): Promise<string> {
  const { journal } = await requirePlan(console, undefined);
  if (journal === undefined) throw cliError("PLB_CLI_NO_JOURNAL");
  return journal.path;
}
