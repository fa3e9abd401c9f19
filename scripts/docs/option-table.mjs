import { markdownTable } from "./markdown-table.mjs";
import { readInterface } from "./source-interface.mjs";

const UNITS = [
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
];

/**
 * The options of an interface with their defaults, which come from the constant that the code itself reads. Where a package keeps no such
 * constant, the default is what the option's comment says ("Default 100.").
 *
 * @param {readonly { path: string, name: string, defaults?: object, prefix?: string, leaveOut?: readonly string[] }[]} interfaces
 */
export function optionTable(interfaces) {
  const rows = interfaces.flatMap(({ path, name, defaults = {}, prefix = "", leaveOut = [] }) => {
    const members = readInterface(path, name).filter((member) => !leaveOut.includes(member.name));
    const unknown = Object.keys(defaults).filter((key) => !readInterface(path, name).some((member) => member.name === key));
    if (unknown.length > 0) throw new Error(`${name} has no option ${unknown.join(", ")}, but there is a default`);
    return members.map((member) => row(member, defaults, prefix));
  });
  return markdownTable(["option", "default", "what it is"], rows);
}

function row({ name, isOptional, type, doc }, defaults, prefix) {
  const said = /\s*\bDefault:? (.+?)\.(?=\s|$)/u.exec(doc);
  const text = doc.replace(said?.[0] ?? "", "").trim();
  const fallback = Object.hasOwn(defaults, name)
    ? formatDefault(name, defaults[name])
    : (said?.[1] ?? (isOptional ? "none" : "required"));
  const choices = type.startsWith('"') ? [...type.matchAll(/"[^"]+"/gu)].map(([choice]) => `\`${choice}\``) : [];
  return [`\`${prefix}${name}\``, fallback, [...(choices.length > 1 ? [`${choices.join(" or ")}.`] : []), text].join(" ").trim()];
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export function formatDefault(name, value) {
  if (typeof value === "object" && value !== null) return "see below";
  if (value === undefined || value === Number.POSITIVE_INFINITY) return "none";
  if (typeof value !== "number") return `\`${JSON.stringify(value)}\``;
  if (/mode$/iu.test(name)) return `\`0o${value.toString(8)}\``;
  const [unit, size] = UNITS.find(([, factor]) => value >= factor && value % factor === 0) ?? [];
  const isSize = /bytes|size|length/iu.test(name) && unit !== undefined;
  return isSize ? `${value / size} ${unit}` : value.toLocaleString("en-US");
}
