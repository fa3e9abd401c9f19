import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { sdkError } from "./error-codes.ts";

/** The longest path that a socket's address holds; what is longer the system cuts off without a word (unix(7)). */
const MAX_ADDRESS_BYTES = process.platform === "darwin" ? 103 : 107;

const NAME = /^(?<stem>.+)\.report-(?<host>[0-9a-f]{6})-(?<pid>\d+)(?:-\d+)?\.sock$/;

/** What a report socket's name says. */
export interface ReportSocketName {
  /** The journal's stem, or the service's name. */
  readonly stem: string;
  readonly pid: number;
  /** Whether it was made on a machine of this one's name. */
  readonly isLocal: boolean;
}

/** The name of a process's socket; `copy` tells apart several of one process. */
export function reportSocketName(stem: string, pid: number, copy: number): string {
  return `${stem}.report-${hostTag()}-${pid}${copy === 0 ? "" : `-${copy}`}.sock`;
}

/** Reads a file's name as that of a report socket; `undefined` when it is none. */
export function parseReportSocketName(name: string): ReportSocketName | undefined {
  const groups = NAME.exec(name)?.groups;
  if (groups === undefined) return undefined;
  return { stem: groups["stem"] ?? "", pid: Number(groups["pid"]), isLocal: groups["host"] === hostTag() };
}

/** A short stand-in for the machine's name: whether a socket that refuses is dead can only be told on the machine that made it. */
function hostTag(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 6);
}

/** An address by which a socket can be bound or reached, however long its path is. Dispose of it when the socket is closed. */
export interface SocketAddress extends Disposable {
  readonly address: string;
}

/** Throws `PLB_REPORT_PATH_TOO_LONG` where a long path cannot be shortened: outside Linux. */
export function socketAddress(path: string): SocketAddress {
  if (Buffer.byteLength(path) <= MAX_ADDRESS_BYTES) return { address: path, [Symbol.dispose]: () => undefined };
  const name = basename(path);
  if (process.platform !== "linux" || Buffer.byteLength(name) > MAX_ADDRESS_BYTES - "/proc/self/fd/99999/".length) {
    throw sdkError("PLB_REPORT_PATH_TOO_LONG", { details: { path } });
  }
  const folder = openSync(dirname(path), "r");
  let isOpen = true;
  return {
    address: join("/proc/self/fd", String(folder), name),
    [Symbol.dispose](): void {
      if (isOpen) closeSync(folder);
      isOpen = false;
    },
  };
}
