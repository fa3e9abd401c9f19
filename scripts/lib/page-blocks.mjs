const MARK = /^<!-- (file|example|transcript):(\S+) -->$/u;
const FENCE = /^```(\w*)$/u;

/**
 * @typedef {{ readonly kind: "file" | "example" | "transcript", readonly name: string, readonly text: string, readonly line: number }} PageBlock
 */

/**
 * The marked blocks of a page, in order. `file:PATH` is a file, `example:NAME` a program in plain JavaScript, `transcript:NAME` commands
 * with what they print. Throws where a mark is not followed by a fenced block.
 *
 * @param {string} page
 * @returns {readonly PageBlock[]}
 */
export function pageBlocks(page) {
  const lines = page.split("\n");
  return lines.flatMap((text, index) => {
    const [, kind, name] = MARK.exec(text) ?? [];
    if (kind === undefined) return [];
    const first = lines.findIndex((line, at) => at > index && line.trim() !== "");
    const last = lines.indexOf("```", first + 1);
    if (!FENCE.test(lines[first] ?? "") || last < 0)
      throw new Error(`line ${index + 1}: no fenced block follows ${text}`);
    return [{ kind, name, text: `${lines.slice(first + 1, last).join("\n")}\n`, line: index + 1 }];
  });
}

/**
 * The commands of a transcript, each with what it printed.
 *
 * @param {string} text
 * @returns {readonly { readonly command: string, readonly output: string }[]}
 */
export function transcriptCommands(text) {
  return text
    .split(/^\$ /mu)
    .slice(1)
    .map((part) => {
      const end = part.indexOf("\n");
      return { command: part.slice(0, end), output: part.slice(end + 1) };
    });
}

/**
 * What is the same in every run: times, epochs, process ids and the folder are written as words.
 *
 * @param {string} output
 * @param {string} folder
 */
export function withoutWhatChanges(output, folder) {
  return output
    .replaceAll(folder, "FOLDER")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/gu, "TIME")
    .replaceAll(/\d{8}T\d{6}\.\d{6}Z/gu, "TIME")
    .replaceAll(/\b[0-9a-v]{13}([-:])(?=\d)/gu, "EPOCH$1")
    .replaceAll(/\bprocess \d+/gu, "process PID")
    .replaceAll(/[ \t]+$/gmu, "")
    .trimEnd();
}
