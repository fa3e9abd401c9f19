import type { JournalLocation } from "@plumbline/core";
import { slotLocation } from "@plumbline/jsonl";
import { fileError } from "./error-codes.ts";
import { createHostIdentity } from "./host-identity.ts";
import { claimNamedPipe } from "./named-pipe.ts";
import { OpenFile } from "./open-file.ts";
import type { ResolvedFileOptions } from "./options.ts";
import { claimOwnership } from "./ownership.ts";

/** How many slots are tried before it is taken for a mistake. */
const MAX_SLOTS = 1000;

/**
 * Opens the file, or the lowest free slot beside it (`checkout.slot2.jsonl`) where it has another owner: after a crash or
 * a rolling restart the same slots are taken up again. Rejects with `PLB_FILE_OWNED` where that is asked for, with
 * `PLB_FILE_SLOTS_USED`, and as {@link claimOwnership} and {@link OpenFile.start} do.
 */
export async function openOwned(location: JournalLocation, options: ResolvedFileOptions): Promise<OpenFile> {
  const host = options.host ?? createHostIdentity();
  for (let slot = 1; slot <= MAX_SLOTS; slot++) {
    const place = slotLocation(location, slot);
    const ownership = await (process.platform === "win32"
      ? claimNamedPipe(place)
      : claimOwnership(place, options.driver, host, options.directoryMode));
    if (ownership !== undefined) {
      if (ownership.proof === "none" && options.onOwned === "refuse") throw unproven(location.path);
      const file = new OpenFile(options, place, slot, ownership);
      await file.start();
      if (slot > 1) file.log.ownedElsewhere(location.path);
      if (ownership.proof === "none") file.log.unproven();
      return file;
    }
    if (options.onOwned === "refuse") {
      throw fileError("PLB_FILE_OWNED", {
        message: `The file is being written by another process or thread: ${location.path}`,
        details: { path: location.path },
      });
    }
  }
  throw fileError("PLB_FILE_SLOTS_USED", { details: { path: location.path, slots: MAX_SLOTS } });
}

function unproven(path: string): Error {
  return fileError("PLB_FILE_OWNERSHIP_FAILED", {
    message: "The file system has no sockets, so that it cannot be proved that nobody else writes the file.",
    details: { path },
  });
}
