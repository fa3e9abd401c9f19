import { readFileSync } from "node:fs";

/**
 * @typedef {{ readonly name: string, readonly isOptional: boolean, readonly type: string, readonly doc: string }} Member
 */

/**
 * The members of an interface in a source file, each with what its comment says: so a README's table needs no second description.
 *
 * @param {string} path
 * @param {string} name
 * @returns {readonly Member[]}
 */
export function readInterface(path, name) {
  const source = readFileSync(path, "utf8");
  const body = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n(.*?)^\\}`, "msu").exec(source)?.[1];
  if (body === undefined) throw new Error(`${path} has no interface ${name}`);
  const members = [...body.matchAll(/(?:\/\*\*(.*?)\*\/\s*)?^ {2}(?:readonly )?(\w+)(\?)?((?:<[^>]*>)?\(.*?)?: (.*?);$/gmsu)];
  return members.map(([, comment = "", member, optional, parameters, type]) => ({
    name: member,
    isOptional: optional === "?",
    type: parameters === undefined ? type : `${parameters} => ${type}`,
    doc: readComment(comment) || typeDoc(source, type),
  }));
}

/** What the file says of a type that it declares itself, for a member that says nothing more. Its first sentence. */
function typeDoc(source, type) {
  if (!/^\w+$/u.test(type)) return "";
  const comment = new RegExp(`/\\*\\*((?:(?!\\*/).)*)\\*/\\nexport (?:interface|type) ${type}\\b`, "su").exec(source)?.[1];
  return /^.*?[.](?=\s|$)/u.exec(readComment(comment ?? ""))?.[0] ?? "";
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
