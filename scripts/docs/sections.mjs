import { readFileSync } from "node:fs";
import { join } from "node:path";

const SECTION = /<!-- generated:(\S+) -->\n.*?<!-- \/generated:\1 -->/gsu;

/**
 * A page with what stands between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->` rendered anew. The page must have each section
 * once, and no other.
 *
 * @param {string} root
 * @param {string} path
 * @param {Readonly<Record<string, string>>} sections
 */
export function renderSections(root, path, sections) {
  const missing = new Set(Object.keys(sections));
  const page = readFileSync(join(root, path), "utf8").replaceAll(SECTION, (_, name) => {
    if (!missing.delete(name)) throw new Error(`${path}: nothing renders a section ${name}, or it stands there twice`);
    return `<!-- generated:${name} -->\n\n${sections[name]}\n\n<!-- /generated:${name} -->`;
  });
  if (missing.size > 0) throw new Error(`${path} has no section ${[...missing].join(", ")}`);
  return page;
}
