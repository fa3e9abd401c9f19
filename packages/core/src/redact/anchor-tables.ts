import { type AnchorTable, type AnchorText, createAnchorTable } from "./anchor-table.ts";

/** A process has one set of rules, or a few. */
const MOST = 4;

/** By all that a table is made of. It is the same whenever it is made, and holds nothing of any text. */
const tables = new Map<string, AnchorTable>();

/**
 * The table of these anchors, made once: that takes tens of milliseconds and four hundred KiB, and redactors are made in many places, most by
 * the built-in rules. Nobody changes a table.
 */
export function anchorTable(anchors: readonly AnchorText[], numbers: "any" | "long"): AnchorTable {
  const key = JSON.stringify([numbers, ...anchors.map(({ text, isExact }) => (isExact ? `=${text}` : `~${text}`))]);
  const known = tables.get(key);
  if (known !== undefined) return known;
  if (tables.size >= MOST) tables.clear();
  const table = createAnchorTable(anchors, numbers);
  tables.set(key, table);
  return table;
}
