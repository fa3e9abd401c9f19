import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "@plumbline/core";
import { writeDurably } from "../directory/durable-files.ts";

/** Made once for a state folder: leftovers are known by it. The folder must be locked. */
export async function ownerOf(stateDirectory: string): Promise<string> {
  const path = join(stateDirectory, "owner");
  try {
    const owner = (await readFile(path, "utf8")).trim();
    if (/^[0-9a-f]{16}$/.test(owner)) return owner;
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  const owner = randomBytes(8).toString("hex");
  await writeDurably(path, `${owner}\n`, path, 0o600);
  return owner;
}
