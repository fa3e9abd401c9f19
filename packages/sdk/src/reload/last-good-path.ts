import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";

/**
 * Where the copy of a config's last good content is kept: beside the file, where this user may write there; else, as with a volume that is
 * mounted read-only, in the user's folder for state, by the file's path. A restart with a bad file must find it, so it does not go by what the config says.
 * Source: XDG Base Directory Specification, `XDG_STATE_HOME`.
 */
export async function lastGoodPath(
  configFile: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const folder = dirname(configFile);
  try {
    await access(folder, constants.W_OK);
    return join(folder, `.${basename(configFile)}.last-good`);
  } catch {
    const stated = env["XDG_STATE_HOME"];
    const state = stated !== undefined && isAbsolute(stated) ? stated : join(homedir(), ".local", "state");
    const key = createHash("sha256").update(configFile).digest("hex").slice(0, 16);
    return join(state, "plumbline", `${basename(configFile)}.${key}.last-good`);
  }
}
