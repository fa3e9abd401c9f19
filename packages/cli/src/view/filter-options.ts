import type { Command } from "commander";
import { type AttributeFilter, type EventFilter, parseAttributeOption, parseSeverityOption } from "./event-filter.ts";

/** What the options of {@link addFilterOptions} give. */
export interface FilterOptions {
  readonly severity?: number;
  readonly name?: readonly string[];
  readonly attr?: readonly AttributeFilter[];
}

/** The options by which every command that shows events chooses among them. */
export function addFilterOptions(command: Command): Command {
  return command
    .option("-s, --severity <name>", "only this severity and worse", parseSeverityOption)
    .option("--name <name>", "only events of this name; ns.* takes all that begin with ns.; repeat for more", append)
    .option(
      "--attr <key=value>",
      "only events with this attribute; repeat for more, all must hold",
      parseAttributeOption,
    );
}

export function filterOf({ severity, name = [], attr = [] }: FilterOptions): EventFilter {
  return { minSeverity: severity, names: name, attributes: attr };
}

function append(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}
