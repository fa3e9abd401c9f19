import { styleText } from "node:util";
import type { Figure, Verdict } from "./verdict.ts";

const CLEAR_LINE = "\r\u001b[2K";
const BAR_WIDTH = 28;

/** What the demo shows: a live line while the shop is open, then what came of it. */
export interface Screen {
  title(text: string): void;
  say(text: string): void;
  /** The live line. On a terminal it is drawn over itself; elsewhere only its last state is printed. */
  progress(share: number, text: string): void;
  endProgress(): void;
  table(verdicts: readonly Verdict[]): void;
  facts(facts: readonly Figure[]): void;
  end(isRight: boolean): void;
  commands(commands: readonly (readonly [command: string, does: string])[]): void;
}

export function createScreen(stream: NodeJS.WriteStream): Screen {
  let lastProgress = "";
  const paint = (style: Parameters<typeof styleText>[0], text: string): string => styleText(style, text, { stream });
  const print = (text: string): void => {
    stream.write(`${text}\n`);
  };
  const mark = (isRight: boolean): string => (isRight ? paint("green", "✓") : paint("red", "✗"));
  return {
    title: (text) => print(`\n${paint("bold", text)}\n`),
    say: (text) => print(`  ${text}`),
    progress(share, text) {
      const filled = Math.round(share * BAR_WIDTH);
      const bar = paint("cyan", "━".repeat(filled)) + paint("dim", "━".repeat(BAR_WIDTH - filled));
      lastProgress = `  ${bar}  ${text}`;
      if (stream.isTTY) stream.write(`${CLEAR_LINE}${lastProgress}`);
    },
    endProgress() {
      print(stream.isTTY ? "" : lastProgress);
    },
    table(verdicts) {
      const columns = verdicts[0]?.figures.map(({ column }) => column) ?? [];
      const names = Math.max(...verdicts.map(({ name }) => name.length));
      const widths = columns.map((column, index) =>
        Math.max(column.length, ...verdicts.map(({ figures }) => (figures[index]?.text.length ?? 0) + 2)),
      );
      const head = columns.map((column, index) => column.padStart(widths[index] ?? 0));
      print(`\n  ${paint("dim", ["output".padEnd(names), ...head].join("   "))}`);
      for (const { name, figures } of verdicts) {
        const cells = figures.map(({ text, isRight }, index) => {
          const padded = text.padStart((widths[index] ?? 0) - 2);
          return `${isRight ? padded : paint("red", padded)} ${mark(isRight)}`;
        });
        print(`  ${[paint("bold", name.padEnd(names)), ...cells].join("   ")}`);
      }
      print("");
    },
    facts(facts) {
      const width = Math.max(...facts.map(({ column }) => column.length));
      for (const { column, text, isRight } of facts) print(`  ${mark(isRight)} ${column.padEnd(width)}  ${text}`);
      print("");
    },
    end(isRight) {
      print(
        isRight
          ? `  ${paint("bold", paint("green", "Every figure is right."))} The oracle read them from the files; telemetry.report() says the same.`
          : `  ${paint("bold", paint("red", "Something is wrong."))} Each ✗ is a figure on which the files, the shop and telemetry.report() do not agree.`,
      );
    },
    commands(commands) {
      print("\n  Try next:");
      for (const [command, does] of commands)
        print(`\n    ${paint("dim", `# ${does}`)}\n    ${paint("cyan", command)}`);
      print("");
    },
  };
}
