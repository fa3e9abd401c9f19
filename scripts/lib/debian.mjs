// Debian's packages, fetched once and unpacked without being installed: no service of the machine is started, and no right of root is needed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keptFolder } from "./open-folder.mjs";

/**
 * The folder that they stand in as in `/`, each as far as it can be had. It is kept from run to run, and everybody may read there.
 *
 * @param {readonly string[]} packages
 */
export function unpackDebian(packages) {
  const folder = keptFolder("plumbline-debian");
  for (const name of packages) {
    const done = join(folder, `.${name}.unpacked`);
    if (existsSync(done)) continue;
    const fetched = mkdtempSync(join(folder, ".fetched-"));
    try {
      const said = { cwd: fetched, stdio: "ignore", timeout: 120_000 };
      spawnSync("apt-get", ["download", name], said);
      const archive = readdirSync(fetched).find((each) => each.endsWith(".deb"));
      if (archive !== undefined && spawnSync("dpkg-deb", ["-x", archive, folder], said).status === 0)
        writeFileSync(done, "");
    } finally {
      rmSync(fetched, { recursive: true, force: true });
    }
  }
  return folder;
}
