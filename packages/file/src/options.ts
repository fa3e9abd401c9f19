import {
  createSystemClock,
  toSeverityNumber,
  type Clock,
  type Durability,
  type EventInput,
  type JournalLine,
  type LineEncoder,
  type QueuePolicy,
  type Severity,
  type SeverityNumber,
} from "@plumbline/core";
import { hasPacking } from "@plumbline/jsonl";
import { fileError } from "./error-codes.ts";
import type { FileDriver } from "./file-driver.ts";
import { guardDiagnostics } from "./guard-diagnostics.ts";
import type { HostIdentity } from "./host-identity.ts";
import { createNodeFileDriver } from "./node-file-driver.ts";

/** When the file is sealed and a new one begun, and which sealed ones stay. */
export interface RotateOptions {
  /** Bytes. A file never goes past it but for one single line that is larger. */
  readonly maxBytes?: number;
  /** Milliseconds since the file was made. An empty file is not sealed. */
  readonly maxAgeMs?: number;
  /** How many sealed segments stay, without the file being written. */
  readonly keep?: number;
  /** Bytes that sealed segments may take together; the oldest go first. */
  readonly keepBytes?: number;
  /** Milliseconds after which a sealed segment goes, by its last change. */
  readonly keepAgeMs?: number;
  /** How sealed segments are packed. `zstd` needs Node 22.15, 23.8 or newer, also of whoever reads them. */
  readonly compress?: "gzip" | "zstd" | "none";
  /**
   * How many times `keep` or `keepBytes` a consumer's hold may make of the segments before the oldest go all the same,
   * counted. Default 8.
   */
  readonly holdFactor?: number;
}

/** Where the sink says what an operator should know. OpenTelemetry's `diag` is one. Never given the content of a line. */
export interface FileDiagnostics {
  info(message: string, ...facts: unknown[]): void;
  warn(message: string, ...facts: unknown[]): void;
  error(message: string, ...facts: unknown[]): void;
}

/** Options of `createFileSink`. */
export interface FileSinkOptions {
  /** The file being written, always under this name. Its folder is made when it is missing. */
  readonly path: string;
  /** The class that `appendAsync` and `flush` wait for; `fsynced` also syncs after every write. */
  readonly durability?: Durability;
  /**
   * Milliseconds that a queued line waits at most before its write begins, while nobody waits for it. The first line
   * after a pause is written at once; under load this is what lets lines gather.
   */
  readonly flushIntervalMs?: number;
  /**
   * Bound of the queue, in bytes of memory that its lines take, about: their text and 160 bytes each. With the policy `block`, lines for which
   * somebody waits may take as much again.
   */
  readonly maxQueueBytes?: number;
  readonly queuePolicy?: QueuePolicy;
  /** At the bound, lines below this severity go first, whatever the policy. */
  readonly keep?: Severity;
  readonly rotate?: RotateOptions;
  /** Permission bits of files made. */
  readonly mode?: number;
  /** Permission bits of folders made. */
  readonly directoryMode?: number;
  /** What to do when another thread or process writes the file. */
  readonly onOwned?: "next-slot" | "refuse";
  /** `journal`: every line gets an id. `plain`: lines are written as they are. */
  readonly lines?: "journal" | "plain";
  /** Another text form, for `plain` alone. */
  readonly encoder?: LineEncoder;
  /** Seals the file whenever the process gets a SIGHUP. */
  readonly rotateOnSighup?: boolean;
  /** Milliseconds that the synchronous flush at process exit may take for all files together. */
  readonly exitFlushMs?: number;
  /** Milliseconds after which `close()` without a signal gives up a disk that has taken nothing meanwhile. */
  readonly closeTimeoutMs?: number;
  /** What the ring keeps of recent lines for subscribers that have not read them yet, in bytes of their text in memory. */
  readonly retainBytes?: number;
  /** The name in reports. */
  readonly name?: string;
  /**
   * Makes the line of a record that the sink writes itself (how many were dropped), so that it carries the service's
   * resource: the pipeline's line writer. Without it the record has no resource.
   */
  readonly writer?: { write(event: EventInput, severity: SeverityNumber): JournalLine };
  readonly diagnostics?: FileDiagnostics;
  readonly clock?: Clock;
  readonly driver?: FileDriver;
  /** Tells this host from others, where files are on a network. */
  readonly host?: HostIdentity;
  /** Numbers in [0, 1): for epochs. */
  readonly random?: () => number;
}

/** Every default, once: the README's table and the config schema are made from it. */
export const FILE_DEFAULTS = {
  durability: "written",
  flushIntervalMs: 10,
  maxQueueBytes: 67_108_864,
  queuePolicy: "block",
  mode: 0o600,
  directoryMode: 0o700,
  onOwned: "next-slot",
  lines: "journal",
  rotateOnSighup: false,
  exitFlushMs: 2000,
  closeTimeoutMs: 10_000,
  retainBytes: 8_388_608,
  name: "journal",
  rotate: { compress: "none", holdFactor: 8 },
} as const;

/** Options with every default in its place. */
export interface ResolvedFileOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly flushIntervalMs: number;
  readonly maxQueueBytes: number;
  readonly queuePolicy: QueuePolicy;
  readonly keep: SeverityNumber | undefined;
  readonly rotate: ResolvedRotateOptions;
  readonly mode: number;
  readonly directoryMode: number;
  readonly onOwned: "next-slot" | "refuse";
  readonly lines: "journal" | "plain";
  readonly encoder: LineEncoder | undefined;
  readonly rotateOnSighup: boolean;
  readonly exitFlushMs: number;
  readonly closeTimeoutMs: number;
  readonly retainBytes: number;
  readonly name: string;
  readonly writer: FileSinkOptions["writer"];
  readonly diagnostics: FileDiagnostics | undefined;
  readonly clock: Clock;
  readonly driver: FileDriver;
  readonly host: HostIdentity | undefined;
  readonly random: () => number;
}

/** {@link RotateOptions} with defaults; what is not bounded is `Infinity`. */
export interface ResolvedRotateOptions {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly keep: number;
  readonly keepBytes: number;
  readonly keepAgeMs: number;
  readonly compress: "gzip" | "zstd" | "none";
  readonly holdFactor: number;
}

/** Checks options and puts defaults in. Throws `PLB_FILE_OPTION_INVALID`. */
export function resolveFileOptions(options: FileSinkOptions): ResolvedFileOptions {
  const d = FILE_DEFAULTS;
  if (typeof options.path !== "string" || options.path === "" || options.path.includes("\0")) {
    throw invalid("path", "a path that is not empty");
  }
  const lines = oneOf("lines", options.lines ?? d.lines, ["journal", "plain"]);
  if (options.encoder !== undefined && lines !== "plain") throw invalid("encoder", 'absent, or `lines` "plain"');
  const keep = options.keep === undefined ? undefined : toSeverityNumber(options.keep);
  if (options.keep !== undefined && keep === undefined) throw invalid("keep", "a severity");
  return {
    path: options.path,
    durability: oneOf("durability", options.durability ?? d.durability, ["buffered", "written", "fsynced"]),
    flushIntervalMs: atLeast("flushIntervalMs", options.flushIntervalMs ?? d.flushIntervalMs, 0),
    maxQueueBytes: atLeast("maxQueueBytes", options.maxQueueBytes ?? d.maxQueueBytes, 1),
    queuePolicy: oneOf("queuePolicy", options.queuePolicy ?? d.queuePolicy, ["block", "drop-newest", "drop-oldest"]),
    keep,
    rotate: resolveRotate(options.rotate ?? {}),
    mode: permissions("mode", options.mode ?? d.mode, 0o200),
    directoryMode: permissions("directoryMode", options.directoryMode ?? d.directoryMode, 0o700),
    onOwned: oneOf("onOwned", options.onOwned ?? d.onOwned, ["next-slot", "refuse"]),
    lines,
    encoder: options.encoder,
    rotateOnSighup: options.rotateOnSighup ?? d.rotateOnSighup,
    exitFlushMs: atLeast("exitFlushMs", options.exitFlushMs ?? d.exitFlushMs, 0),
    closeTimeoutMs: atLeast("closeTimeoutMs", options.closeTimeoutMs ?? d.closeTimeoutMs, 0),
    retainBytes: atLeast("retainBytes", options.retainBytes ?? d.retainBytes, 0),
    name: options.name ?? d.name,
    writer: options.writer,
    diagnostics: guardDiagnostics(options.diagnostics),
    clock: options.clock ?? createSystemClock(),
    driver: options.driver ?? createNodeFileDriver(),
    host: options.host,
    random: options.random ?? Math.random,
  };
}

function resolveRotate(rotate: RotateOptions): ResolvedRotateOptions {
  const bound = (name: string, value: number | undefined, least: number): number =>
    value === undefined ? Number.POSITIVE_INFINITY : atLeast(`rotate.${name}`, value, least);
  return {
    maxBytes: bound("maxBytes", rotate.maxBytes, 1),
    maxAgeMs: bound("maxAgeMs", rotate.maxAgeMs, 1),
    keep: bound("keep", rotate.keep, 0),
    keepBytes: bound("keepBytes", rotate.keepBytes, 0),
    keepAgeMs: bound("keepAgeMs", rotate.keepAgeMs, 1),
    compress: resolveCompress(rotate.compress ?? FILE_DEFAULTS.rotate.compress),
    holdFactor: atLeast("rotate.holdFactor", rotate.holdFactor ?? FILE_DEFAULTS.rotate.holdFactor, 1),
  };
}

function resolveCompress(value: unknown): "gzip" | "zstd" | "none" {
  const compress = oneOf("rotate.compress", value, ["gzip", "zstd", "none"]);
  if (compress !== "none" && !hasPacking(compress)) {
    throw invalid(
      "rotate.compress",
      `"gzip" or "none" with Node ${process.versions.node}: zstd came with 22.15 and 23.8`,
    );
  }
  return compress;
}

function invalid(option: string, expected: string): Error {
  return fileError("PLB_FILE_OPTION_INVALID", {
    message: `The file sink's option \`${option}\` must be ${expected}.`,
    details: { option },
  });
}

function atLeast(option: string, value: unknown, least: number): number {
  if (typeof value !== "number" || Number.isNaN(value) || value < least)
    throw invalid(option, `a number from ${least}`);
  return value;
}

function permissions(option: string, value: unknown, needed: number): number {
  if (
    typeof value !== "number" ||
    !Number.isInteger(value) ||
    value < 0 ||
    value > 0o777 ||
    (value & needed) !== needed
  ) {
    throw invalid(
      option,
      `permission bits that leave its owner able to write, for example 0o${(needed | 0o400).toString(8)}`,
    );
  }
  return value;
}

function oneOf<T extends string>(option: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(option, allowed.map((each) => `"${each}"`).join(" or "));
  return found;
}
