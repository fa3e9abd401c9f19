// A folder on a disk that is really full: nothing shows, nothing is left lying about, and what could not be written goes on when there is room again.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { createDirectoryDestination } from "@plumbline/handoff";
import { fullDiskCases } from "../../../scripts/lib/full-disk-cases.mjs";
import { mountSmallDisk } from "../../../scripts/lib/small-disk.mjs";

let base = "";
let unmount;
before(() => {
  base = mkdtempSync(join(tmpdir(), "plumbline-full-disk-"));
  unmount = mountSmallDisk(join(base, "disk"));
});
after(() => {
  unmount?.();
  rmSync(base, { recursive: true, force: true });
});

describe("a disk that is full", () => {
  fullDiskCases({
    disk: () => join(base, "disk"),
    scratch: () => base,
    lacking: () => (unmount === undefined ? "needs root, to mount a small disk" : undefined),
    destinationAt: async (path, more) => createDirectoryDestination({ path, ...more }),
  });
});
