import { loadCatalogues } from "../lib/error-catalogues.mjs";

/**
 * The codes of one package, each with its summary and a link to what it means.
 *
 * @param {string} root
 * @param {string} packageFolder
 */
export async function errorList(root, packageFolder) {
  const catalogue = (await loadCatalogues(root)).find((each) => each.packageFolder === packageFolder);
  if (catalogue === undefined) throw new Error(`${packageFolder} has no catalogue`);
  return [...catalogue.entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { summary }]) => `- [\`${code}\`](../../docs/reference/errors.md#${code.toLowerCase()}): ${summary}`)
    .join("\n");
}
