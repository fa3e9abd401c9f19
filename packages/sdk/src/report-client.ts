import { readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { type Clock, createSystemClock, errorCode } from "@plumbline/core";
import { sdkError } from "./error-codes.ts";
import { parseReportSocketName, type ReportSocketName, socketAddress } from "./report-path.ts";

/** A report socket that stands in a folder; whether anybody listens is not known yet. */
export interface FoundReportSocket extends ReportSocketName {
  readonly path: string;
}

/** The report sockets in a folder, by name. Empty where there is no such folder. */
export async function findReportSockets(directory: string): Promise<readonly FoundReportSocket[]> {
  let names: readonly string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return [];
    throw error;
  }
  return names.toSorted().flatMap((name) => {
    const parsed = parseReportSocketName(name);
    return parsed === undefined ? [] : [{ ...parsed, path: join(directory, name) }];
  });
}

/** Options of {@link readReport}. */
export interface ReadReportOptions {
  /** Milliseconds to wait for the whole answer. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

const MAX_REPORT_BYTES = 16 * 1024 * 1024;

/**
 * Asks a running service for its accounting over its report socket. Rejects with `PLB_REPORT_UNAVAILABLE`; its
 * `details.reason` is the system's code, `timeout`, `too-large` or `not-json`.
 */
export async function readReport(path: string, options: ReadReportOptions = {}): Promise<unknown> {
  const text = await readAnswer(path, options);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw unavailable(path, "not-json", cause);
  }
}

async function readAnswer(path: string, options: ReadReportOptions): Promise<string> {
  using address = socketAddress(path);
  const clock = options.clock ?? createSystemClock();
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const socket = connect(address.address);
    const timer = clock.setTimer(() => socket.destroy(unavailable(path, "timeout")), options.timeoutMs ?? 5000);
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_REPORT_BYTES) socket.destroy(unavailable(path, "too-large"));
    });
    socket.on("error", (error) =>
      reject(errorCode(error) === "PLB_REPORT_UNAVAILABLE" ? error : unavailable(path, errorCode(error), error)),
    );
    socket.on("close", () => {
      timer.cancel();
      resolve(Buffer.concat(chunks).toString("utf8"));
    });
  });
}

/** Removes the sockets whose process is gone: made on this machine, and nobody listens. Gives their paths. */
export async function removeStaleSockets(sockets: readonly FoundReportSocket[]): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { path, isLocal } of sockets) {
    if (!isLocal || !(await refuses(path))) continue;
    await rm(path, { force: true });
    removed.push(path);
  }
  return removed;
}

/** Whether nobody listens. A process that is stopped still does: the system takes the connection for it. */
async function refuses(path: string): Promise<boolean> {
  using address = socketAddress(path);
  return await new Promise((resolve) => {
    const socket = connect(address.address);
    socket.on("connect", () => socket.destroy());
    socket.on("error", (error) => resolve(errorCode(error) === "ECONNREFUSED"));
    socket.on("close", () => resolve(false));
  });
}

function unavailable(path: string, reason: string, cause?: unknown): Error {
  return sdkError("PLB_REPORT_UNAVAILABLE", {
    message: `No report came over ${path} (${reason}).`,
    details: { path, reason },
    ...(cause === undefined ? {} : { cause }),
  });
}
