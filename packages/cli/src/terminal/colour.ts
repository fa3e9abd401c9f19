/** Paints a text, or leaves it as it is. */
export type Paint = (text: string) => string;

/** The colours of a terminal. */
export interface Colours {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly magenta: Paint;
  readonly cyan: Paint;
}

const PLAIN: Colours = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  green: (text) => text,
  yellow: (text) => text,
  blue: (text) => text,
  magenta: (text) => text,
  cyan: (text) => text,
};

const ANSI: Colours = {
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  green: paint(32, 39),
  yellow: paint(33, 39),
  blue: paint(34, 39),
  magenta: paint(35, 39),
  cyan: paint(36, 39),
};

export function createColours(enabled: boolean): Colours {
  return enabled ? ANSI : PLAIN;
}

/**
 * Whether to colour what goes to a stream. `NO_COLOR` (set and not empty) always wins; `FORCE_COLOR` colours even a pipe, `0` and `false`
 * turn it off; else a terminal is coloured unless it calls itself `dumb`. Source: no-color.org, force-color.org.
 */
export function wantsColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (isSet(env["NO_COLOR"])) return false;
  const forced = env["FORCE_COLOR"];
  if (isSet(forced)) return forced !== "0" && forced !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function paint(open: number, close: number): Paint {
  // The close of an inner colour would end the outer one, so it is opened again after it.
  const end = `\u001b[${close}m`;
  const start = `\u001b[${open}m`;
  return (text) => (text === "" ? "" : `${start}${text.replaceAll(end, `${end}${start}`)}${end}`);
}
