import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * A temporary folder with these files in it, removed when the test that asked for it ends.
 *
 * @param {{ after: (cleanUp: () => void) => void }} test
 * @param {Readonly<Record<string, string | object>>} files path → text, or an object to be written as JSON
 */
export function createScratch(test, files) {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-check-"));
  test.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content, null, 2));
  }
  return folder;
}
