import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseAst } from "vitest/node";

const SOURCES = fileURLToPath(new URL("../../src/redact", import.meta.url));

/** Methods of text that make a regular expression of what they are given. */
const METHODS = new Set(["match", "matchAll", "search"]);

/** The regular expressions in a source, as they stand there. */
function regularExpressions(source: string): string[] {
  const found: string[] = [];
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(walk);
    if (typeof node !== "object" || node === null || Array.isArray(node)) return;
    const fields = node as Record<string, unknown>; // a node of the syntax tree
    if (fields["type"] === "Literal" && typeof fields["regex"] === "object") found.push(String(fields["raw"]));
    if (fields["type"] === "Identifier" && fields["name"] === "RegExp") found.push("RegExp");
    if (fields["type"] === "CallExpression") {
      const callee = fields["callee"] as { property?: { name?: unknown }; object?: { type?: unknown; name?: unknown } };
      const method = callee.property?.name;
      const isDetector = callee.object?.name === "detector" || callee.object?.name === "asked";
      if (typeof method === "string" && METHODS.has(method) && !isDetector) found.push(method);
    }
    Object.values(fields).forEach(walk);
  };
  walk(parseAst(source, { lang: "ts" }));
  return found;
}

/**
 * No regular expression ever sees a text that is redacted: none can be slow, and none keeps the text alive as RegExp's last match. With none
 * there, there is none to be proven linear.
 */
test("the redactor has no regular expression", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(30);
  expect(
    files.flatMap((file) =>
      regularExpressions(readFileSync(`${SOURCES}/${file}`, "utf8")).map((found) => `${file}: ${found}`),
    ),
  ).toEqual([]);
});

test("a regular expression would be seen", () => {
  expect(regularExpressions("const a: RegExp = /(a+)+$/;")).toEqual(["RegExp", "/(a+)+$/"]);
  expect(regularExpressions('new RegExp("a")')).toEqual(["RegExp"]);
  expect(regularExpressions('text.match("a+"); text.split(/a/); a / b / c')).toEqual(["match", "/a/"]);
});
