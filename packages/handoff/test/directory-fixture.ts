import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DestinationFixture, viewOfFolder } from "@plumbline/testing";
import { CONTROL_FOLDER } from "../src/index.ts";

/** A folder that is a far side, and what somebody there sees. */
export interface FolderFixture extends DestinationFixture {
  readonly path: string;
  readonly control: string;
}

export async function createFolderFixture(options: Readonly<Record<string, unknown>> = {}): Promise<FolderFixture> {
  const base = await mkdtemp(join(tmpdir(), "plumbline-handoff-"));
  const path = join(base, "far-side");
  const control = join(path, CONTROL_FOLDER);
  return {
    path,
    control,
    options: { path, ...options },
    ...viewOfFolder(path, CONTROL_FOLDER),
    close: () => rm(base, { recursive: true, force: true }),
  };
}
