import { readFile, stat } from "node:fs/promises";
import { hostname, totalmem } from "node:os";

/** What the built-in conditions look at. Read anew with each evaluation; a test gives its own. */
export interface HostFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `process.platform`. */
  readonly platform: string;
  /** `process.arch`. */
  readonly arch: string;
  /** Without a leading `v`. */
  readonly nodeVersion: string;
  hostname(): string;
  /** Bytes of memory that this process may count on: what is built in, or the control group's limit where that is lower. */
  memoryBytes(): number;
  /** The text of `/proc/cpuinfo`. Rejects where there is none. */
  cpuInfo(): Promise<string>;
  /** Whether something is there, symbolic links followed. Rejects where that cannot be told. */
  exists(path: string): Promise<boolean>;
}

/** The facts of this machine, with the environment that variables are taken from. */
export function createHostFacts(env: HostFacts["env"]): HostFacts {
  return {
    env,
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    hostname,
    memoryBytes(): number {
      // 0, or more than any machine has, where nothing bounds it.
      const limit = process.constrainedMemory();
      return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
    },
    cpuInfo: () => readFile("/proc/cpuinfo", "utf8"),
    async exists(path): Promise<boolean> {
      try {
        await stat(path);
        return true;
      } catch (error) {
        if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
          return false;
        }
        throw error;
      }
    },
  };
}
