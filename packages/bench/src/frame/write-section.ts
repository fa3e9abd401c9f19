import { readFile, writeFile } from "node:fs/promises";

/** Replaces the part of a Markdown file that stands between a section's two marks; everything else stays as it is. */
export async function writeSection(file: URL, section: string, text: string): Promise<void> {
  const [open, close] = [`<!-- bench:${section} -->`, `<!-- /bench:${section} -->`];
  const before = await readFile(file, "utf8");
  const [start, end] = [before.indexOf(open), before.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`${file.pathname} has no section marked ${open} … ${close}`);
  await writeFile(file, `${before.slice(0, start + open.length)}\n\n${text}\n\n${before.slice(end)}`);
}
