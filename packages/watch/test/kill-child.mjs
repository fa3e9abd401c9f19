// Replaces a file and a directory for ever, until it is killed. Plain JavaScript on `dist`, since Node 20 cannot load TypeScript.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { swapDirectoryAtomic, writeFileAtomic } from "../dist/index.js";

const [what, path] = process.argv.slice(2);
for (let round = 0; ; round++) {
  const content = String(round % 10).repeat(200_000);
  if (what === "file") {
    await writeFileAtomic(path, content);
  } else {
    await swapDirectoryAtomic(path, (into) => {
      for (const name of ["a", "b", "c"]) writeFileSync(join(into, name), content);
    });
  }
  if (round === 0) process.stdout.write("there is a first one");
}
