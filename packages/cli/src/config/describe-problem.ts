import type { ConfigProblem } from "@plumbline/sdk";
import type { Colours } from "../terminal/colour.ts";
import { safeText } from "../terminal/safe-text.ts";

/** One problem on one line, the place first so that editors and terminals can jump to it. */
export function describeProblem(problem: ConfigProblem, colours: Colours): string {
  const { file, line, column, path, message, expected, nearest, code } = problem;
  const place = [file ?? "config", line, column].filter((part) => part !== undefined).join(":");
  const parts = [
    colours.bold(safeText(place)),
    ...(path === "" ? [] : [`${colours.cyan(safeText(path))}:`]),
    safeText(message),
    ...(expected === undefined ? [] : [colours.dim(`(expected ${safeText(expected)})`)]),
    ...(nearest === undefined ? [] : [`did you mean ${colours.green(safeText(nearest))}?`]),
    colours.dim(code),
  ];
  return `${parts.join(" ")}\n`;
}
