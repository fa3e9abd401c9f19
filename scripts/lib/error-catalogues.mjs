import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * @typedef {{ readonly summary: string, readonly why: string, readonly mend: string }} ErrorEntry
 * @typedef {{ readonly packageFolder: string, readonly entries: ReadonlyMap<string, ErrorEntry> }} Catalogue
 */

/** Where a package keeps its catalogue, below its folder. */
export const CATALOGUE_SOURCE = "src/error-codes.ts";
const CATALOGUE_BUILT = "dist/error-codes.js";

/**
 * Reads the catalogue of every package that has one, from what was compiled: any object exported by `src/error-codes.ts` whose keys are codes.
 *
 * @param {string} root
 * @returns {Promise<Catalogue[]>}
 */
export async function loadCatalogues(root) {
  const catalogues = [];
  for (const folder of readdirSync(join(root, "packages"))) {
    const packageFolder = `packages/${folder}`;
    if (!existsSync(join(root, packageFolder, CATALOGUE_SOURCE))) continue;
    const built = resolve(root, packageFolder, CATALOGUE_BUILT);
    if (!existsSync(built)) throw new Error(`${packageFolder}/${CATALOGUE_BUILT} is missing: run npm run build first`);
    const exported = Object.values(await import(pathToFileURL(built).href)).filter(isCatalogue);
    if (exported.length === 0) throw new Error(`${packageFolder}/${CATALOGUE_SOURCE} exports no catalogue`);
    catalogues.push({ packageFolder, entries: new Map(exported.flatMap((catalogue) => Object.entries(catalogue))) });
  }
  return catalogues;
}

/** @param {unknown} value */
function isCatalogue(value) {
  if (typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => key.startsWith("PLB_"));
}
