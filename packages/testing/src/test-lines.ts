import { LineRecord } from "@plumbline/core";

/** Options of {@link createTestLines}. */
export interface TestLinesOptions {
  /** Lines get ids of this epoch. Without one they have none, as in a plain file. */
  readonly epoch?: string;
  /** The number of the first line. Default 1. */
  readonly firstSeq?: number;
  /** Body of line `index`, 0 for the first. Default: a short text with the index. */
  readonly body?: (index: number) => unknown;
}

const START_MICROS = Date.UTC(2026, 10, 20, 21, 57, 3) * 1000;
const INFO = 9;

/** Lines as the walk makes them, each different from the others, a millisecond apart. */
export function createTestLines(count: number, options: TestLinesOptions = {}): readonly LineRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const seq = (options.firstSeq ?? 1) + index;
    const micros = START_MICROS + seq * 1000;
    const time = `${new Date(micros / 1000).toISOString().slice(0, -1)}000Z`;
    const body = options.body === undefined ? `line ${seq}` : options.body(index);
    const rest = JSON.stringify({ time, severity: "INFO", name: "test.line", body, attributes: { seq } }).slice(1);
    const line = new LineRecord(rest, rest.length + 1, micros, 0, INFO, "test.line", "logs");
    if (options.epoch !== undefined) line.number(options.epoch, seq);
    return line;
  });
}

/** Bodies that a sink is likely to change by mistake: every text that a line may hold must arrive as it was. */
export function createOddLines(): readonly LineRecord[] {
  const bodies: readonly unknown[] = [
    "",
    " leading and trailing ",
    'tab\tquote"backslash\\slash/',
    "line\nfeed\r\ncarriage\rreturn",
    "\u2028\u2029\uFEFF\u0000\u001F\u007F",
    "ä€😀e\u0301",
    "\uD800 alone",
    "</script><!-- %s ${x} {{y}} %00",
    { $bytes: "AAEC/w==" },
    JSON.parse('{"__proto__":1,"constructor":{"prototype":null}}'),
    [[[[]]], {}, [null, true, 1e300, -0.5]],
    "x".repeat(1024 * 1024),
  ];
  return createTestLines(bodies.length, { body: (index) => bodies[index] });
}
