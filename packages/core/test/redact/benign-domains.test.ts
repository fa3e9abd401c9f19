import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { BASE64, SeededRandom } from "./corpus/random.ts";

/** What several kinds of software write, full of the words that secrets' names are made of and without a secret. */
const DOMAINS = [
  "kubernetes",
  "nginx",
  "ci",
  "sql",
  "stacks",
  "minified",
  "git",
  "terraform",
  "kafka",
  "graphql",
  "caches",
  "styles",
] as const;

const redactor = createRedactor();

function linesOf(domain: string): readonly string[] {
  return readFileSync(new URL(`corpus/benign/${domain}.txt`, import.meta.url), "utf8")
    .split("\n")
    .slice(0, -1);
}

/** Images in pages, styles and events, in base64. */
function imageLines(): readonly string[] {
  const random = new SeededRandom(20_261_121);
  const beginnings = [
    "png;base64,iVBORw0KGgoAAAANSUhEUgAA",
    "gif;base64,R0lGODlhAQABAIAA",
    "jpeg;base64,/9j/4AAQSkZJRgABAQ",
  ];
  const frames: readonly ((data: string) => string)[] = [
    (data) => `<img alt="" src="${data}">`,
    (data) => `.logo{background:url(${data}) no-repeat}`,
    (data) => JSON.stringify({ avatar: data, width: 64 }),
    (data) => data,
    (data) => data.slice(data.indexOf(",") + 1),
  ];
  return Array.from({ length: 45 }, (_, i) => {
    const data = `data:image/${random.pick(beginnings)}${random.text(BASE64, 200 + random.below(1200))}==`;
    return frames[i % frames.length]?.(data) ?? "";
  });
}

test.each([...DOMAINS.map((domain) => [domain, linesOf(domain)] as const), ["images", imageLines()] as const])(
  "lines of %s stay as they are, alone, together, and as JSON",
  (_, lines) => {
    expect(lines.length).toBeGreaterThanOrEqual(40);
    for (const line of lines) {
      expect(redactor.text(line)).toBe(line);
      const json = JSON.stringify({ level: 30, msg: line });
      expect(redactor.text(json)).toBe(json);
    }
    const all = lines.join("\n");
    expect(redactor.text(all)).toBe(all);
  },
);
