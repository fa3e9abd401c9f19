/**
 * The code of the first fenced block after `<!-- example:NAME -->` in a page.
 *
 * @param {string} page
 * @param {string} name
 */
export function exampleBlock(page, name) {
  const [, after] = page.split(`<!-- example:${name} -->`, 2);
  const block = /^```(?:js|ts|javascript|typescript|mjs)\n([^]*?)^```$/mu.exec(after ?? "");
  if (block === null) throw new Error(`the page has no code block after <!-- example:${name} -->`);
  return block[1];
}
