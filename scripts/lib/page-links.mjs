import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const LINK = /!?\[[^\]]*\]\(([^()\s]+)\)/gu;
const ELSEWHERE = /^(?:https?|mailto):/u;

/**
 * What is wrong with a page's links: files that are not there, headings that a page does not have, and tests that a file does not hold (a link
 * to a test is followed by its name, after `›`).
 *
 * @param {string} root
 * @param {string} path
 * @returns {readonly string[]}
 */
export function brokenLinks(root, path) {
  const text = withoutCode(readFileSync(join(root, path), "utf8"));
  return [...text.matchAll(LINK)].flatMap(({ 0: link, 1: target, index }) => {
    if (ELSEWHERE.test(target)) return [];
    const [file, anchor] = target.split("#");
    const full = file === "" ? path : normalize(join(dirname(path), file));
    if (!existsSync(join(root, full))) return [`${path}: ${target} is not there`];
    if (anchor !== undefined && !anchorsOf(readFileSync(join(root, full), "utf8")).has(anchor)) {
      return [`${path}: ${full} has no heading #${anchor}`];
    }
    const [, name] = /^ › “([^”]+)”/u.exec(text.slice(index + link.length)) ?? [];
    const holds = name === undefined || readFileSync(join(root, full), "utf8").includes(name);
    return holds ? [] : [`${path}: ${full} has no test “${name}”`];
  });
}

/** Code may hold brackets that are no links. */
function withoutCode(page) {
  return page.replaceAll(/^```.*?^```$/gmsu, "");
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page) {
  const headings = [...withoutCode(page).matchAll(/^#{1,6} (.+)$/gmu)].map(([, title]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return new Set(headings);
}
