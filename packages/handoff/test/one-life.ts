import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** One life of a program of the tests. Resolves with how many calls of the file system it made; `undefined` when it was killed before one of them. */
export async function oneLife(program: string, given: readonly (string | number)[]): Promise<number | undefined> {
  const path = fileURLToPath(new URL(`programs/${program}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...given.map(String)], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (signal === "SIGKILL") resolve(undefined);
      else if (code === 0) resolve((JSON.parse(said) as { readonly calls: number }).calls);
      else reject(new Error(`${program} ended with ${code}`));
    });
  });
}
