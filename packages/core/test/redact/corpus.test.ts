import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { benignLines } from "./corpus/benign-lines.ts";
import { POSITIONS } from "./corpus/positions.ts";
import { SeededRandom } from "./corpus/random.ts";
import { SECRET_KINDS } from "./corpus/secret-kinds.ts";

const SEED = 20261120;
const ROUNDS = 4;
const BENIGN_LINES = 4000;

interface Miss {
  readonly kind: string;
  readonly position: string;
  readonly text: string;
}

function misses(): { readonly misses: Miss[]; readonly planted: Map<string, number> } {
  const redactor = createRedactor();
  const random = new SeededRandom(SEED);
  const found: Miss[] = [];
  const planted = new Map<string, number>();
  for (const { kind, multiLine, make } of SECRET_KINDS) {
    for (const position of POSITIONS) {
      if (multiLine === true && !position.multiLine) continue;
      for (let round = 0; round < ROUNDS; round++) {
        const secret = make(random);
        const text = position.place(secret.text);
        const redacted = redactor.text(text);
        planted.set(kind, (planted.get(kind) ?? 0) + 1);
        if (secret.secrets.some((part) => redacted.includes(position.write(part)))) {
          found.push({ kind, position: position.position, text: redacted });
        }
      }
    }
  }
  return { misses: found, planted };
}

describe("the corpus of secrets", () => {
  test("covers at least 40 kinds", () => {
    expect(SECRET_KINDS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(SECRET_KINDS.map(({ kind }) => kind)).size).toBe(SECRET_KINDS.length);
  });

  test("is found whole", () => {
    const { misses: missed, planted } = misses();
    const total = Array.from(planted.values()).reduce((sum, count) => sum + count, 0);
    console.info(
      `recall: ${(((total - missed.length) / total) * 100).toFixed(2)} % of ${total} secrets of ${planted.size} kinds`,
    );
    for (const [kind, count] of planted) {
      const missing = missed.filter((miss) => miss.kind === kind).length;
      console.info(`  ${(((count - missing) / count) * 100).toFixed(1).padStart(5)} % of ${count}  ${kind}`);
    }
    expect(missed.map(({ kind, position, text }) => `${kind} | ${position} | ${text.slice(-200)}`)).toEqual([]);
  });
});

describe("the corpus of ordinary lines", () => {
  test("stays as it is", () => {
    const redactor = createRedactor();
    const lines = benignLines(BENIGN_LINES, SEED);
    expect(lines.length).toBeGreaterThanOrEqual(2000);
    const changed = lines.filter((line) => redactor.text(line) !== line);
    console.info(`false positives: ${((changed.length / lines.length) * 100).toFixed(2)} % of ${lines.length} lines`);
    expect(changed.map((line) => `${line.slice(0, 120)} => ${redactor.text(line).slice(0, 160)}`)).toEqual([]);
  });

  test("is told apart from lines with secrets", () => {
    const redactor = createRedactor();
    const [line = ""] = benignLines(1, SEED);
    expect(redactor.text(`${line} password=hunter2`)).not.toContain("hunter2");
  });
});
