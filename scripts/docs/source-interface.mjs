import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../lib/files.mjs";

/**
 * @typedef {{ readonly name: string, readonly isOptional: boolean, readonly choices: readonly string[], readonly doc: string }} Member
 */

/**
 * The members of an interface in a source file, each with what its comment says, or else that of its type: so a README's table needs no second
 * description.
 *
 * @param {string} root
 * @param {string} path from the root
 * @param {string} name
 * @returns {readonly Member[]}
 */
export function readInterface(root, path, name) {
  const source = readFileSync(join(root, path), "utf8");
  const body = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n(.*?)^\\}`, "msu").exec(source)?.[1];
  if (body === undefined) throw new Error(`${path} has no interface ${name}`);
  const members = body.matchAll(
    /(?:\/\*\*(.*?)\*\/\s*)?^ {2}(?:readonly )?(\w+)(\?)?(?:(?:<[^>]*>)?\(.*?)?: (.*?);$/gmsu,
  );
  return [...members].map(([, comment = "", member, optional, type]) => {
    const declared = findType(root, type.replace(/(?:<.*>)?(?: \| undefined)?$/u, ""));
    return {
      name: member,
      isOptional: optional === "?",
      choices: choicesOf(declared?.text ?? type),
      doc: readComment(comment) || firstSentence(declared?.doc ?? ""),
    };
  });
}

/** The choices of a short union of texts, as code. */
function choicesOf(type) {
  if (!/^"[^"]+"(?: \| "[^"]+"){1,3}(?: \| undefined)?$/u.test(type)) return [];
  return [...type.matchAll(/"([^"]+)"/gu)].map(([, choice]) => `\`${choice}\``);
}

/** A type of ours, wherever it is declared: what its comment says, and for an alias what it stands for. */
function findType(root, name) {
  if (!/^[A-Z]\w+$/u.test(name)) return undefined;
  const declaration = new RegExp(
    `/\\*\\*((?:(?!\\*/).)*)\\*/\\nexport (?:interface|type) ${name}\\b(?: =\\s*([^;]+);)?`,
    "su",
  );
  for (const path of listFiles(join(root, "packages")).filter((file) => /^\w+\/src\/.*\.ts$/u.test(file))) {
    const [, comment, text] = declaration.exec(readFileSync(join(root, "packages", path), "utf8")) ?? [];
    if (comment !== undefined) return { doc: readComment(comment), text: text?.replaceAll(/\s+/gu, " ") };
  }
  return undefined;
}

function firstSentence(text) {
  return /^.*?[.](?=\s|$)/u.exec(text)?.[0] ?? text;
}

function readComment(comment) {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*?\s?/u, ""))
    .join(" ")
    .replaceAll(/\{@link (\w+)\}/gu, "`$1`")
    .replaceAll(/\s+/gu, " ")
    .trim();
}
