import { markdownTable } from "./markdown-table.mjs";
import { readInterface } from "./source-interface.mjs";

const UNITS = [
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
];
/** "Default 100.", "Default: the process's." */
const SAID_DEFAULT = /\s*\bDefault:? (.+?)\.(?=\s|$)/u;

/**
 * The options of interfaces with their defaults, which come from the constant that the code itself reads. Where a package keeps no such
 * constant, the default is what the option's comment says.
 *
 * @param {string} root
 * @param {readonly { path: string, name: string, defaults?: object, prefix?: string, leaveOut?: readonly string[] }[]} interfaces
 */
export function optionTable(root, interfaces) {
  const rows = interfaces.flatMap(({ path, name, defaults = {}, prefix = "", leaveOut = [] }) => {
    const members = readInterface(root, path, name);
    for (const key of [...Object.keys(defaults), ...leaveOut]) {
      if (!members.some((member) => member.name === key)) throw new Error(`${name} in ${path} has no option ${key}`);
    }
    return members.filter((member) => !leaveOut.includes(member.name)).map((member) => toRow(member, defaults, prefix));
  });
  return markdownTable(["option", "default", "what it is"], rows);
}

function toRow({ name, isOptional, choices, doc }, defaults, prefix) {
  const said = SAID_DEFAULT.exec(doc);
  const fallback = Object.hasOwn(defaults, name)
    ? formatDefault(name, defaults[name])
    : (said?.[1] ?? (isOptional ? "none" : "required"));
  const text = doc.replace(said?.[0] ?? "", "").trim();
  return [
    `\`${prefix}${name}\``,
    fallback,
    [choices.length > 0 ? `${choices.join(", ")}.` : "", text].join(" ").trim(),
  ];
}

function formatDefault(name, value) {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return "none";
  if (typeof value !== "number") return `\`${String(value)}\``;
  if (/mode$/iu.test(name)) return `\`0${value.toString(8)}\``;
  const [unit, size] = UNITS.find(([, factor]) => value >= factor && value % factor === 0) ?? [];
  const isSize = /bytes|size|length/iu.test(name) && unit !== undefined;
  return `\`${value}\`${isSize ? ` (${value / size} ${unit})` : ""}`;
}
