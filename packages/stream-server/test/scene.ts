import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LineRecord, type JournalLine } from "@plumbline/core";
import { createFileSink, type FileSink } from "@plumbline/file";
import { onTestFinished, vi } from "vitest";
import { WebSocket, type ClientOptions } from "ws";
import { createStreamServer, type StreamServer, type StreamServerOptions } from "../src/index.ts";

/** A folder of the test's own, gone when it has finished. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-stream-server-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A line whose `n` and name tell it from the others; every third is an error. */
export function lineOf(n: number, pad = 0): JournalLine {
  const isError = n % 3 === 0;
  const name = n % 2 === 0 ? "even.line" : "odd.line";
  const fields = {
    time: new Date(Date.UTC(2026, 10, 20) + n * 1000).toISOString().replace("Z", "000Z"),
    severity: isError ? "ERROR" : "INFO",
    name,
    attributes: { n, shop: n % 5 === 0 ? "north" : "süd", ...(pad > 0 ? { pad: "x".repeat(pad) } : {}) },
  };
  const rest = JSON.stringify(fields).slice(1);
  return new LineRecord(rest, Buffer.byteLength(rest) + 1, 0, 0, isError ? 17 : 9, name, "logs");
}

/** A journal of this process, and everything that was ever appended to it. */
export interface JournalScene {
  readonly journal: FileSink;
  readonly path: string;
  readonly epoch: string;
  /** The lines as they stand in the file, by their place. */
  readonly lines: readonly string[];
  append(count: number, pad?: number): Promise<void>;
}

export async function openJournal(
  given: { folder?: string; retainBytes?: number; rotate?: { maxBytes: number; keep?: number } } = {},
): Promise<JournalScene> {
  const folder = given.folder ?? (await tempFolder());
  const path = join(folder, "checkout.jsonl");
  const { folder: _, ...options } = given;
  const journal = createFileSink({ path, ...options });
  await journal.start();
  onTestFinished(() => journal.close());
  const lines: string[] = [];
  return {
    journal,
    path,
    get epoch() {
      return journal.epoch;
    },
    lines,
    async append(count, pad) {
      const added = Array.from({ length: count }, (_, at) => lineOf(lines.length + 1 + at, pad));
      await Promise.all(added.map((line) => journal.appendAsync(line)));
      lines.push(...added.map(({ line }) => line));
    },
  };
}

/** A server on a port that is free; without a token unless one is asked for. */
export async function serve(options: StreamServerOptions): Promise<StreamServer & { readonly url: string }> {
  const server = createStreamServer({ listen: "127.0.0.1:0", auth: "none", ...options });
  onTestFinished(() => server.close());
  await server.start();
  return server as StreamServer & { readonly url: string };
}

export interface SentFrame {
  readonly kind: string;
  readonly cursor?: string;
  readonly event?: { readonly id: string; readonly attributes: { readonly n: number } };
  readonly events?: readonly { readonly id: string; readonly attributes: { readonly n: number } }[];
  readonly code?: string;
  readonly reason?: string;
  readonly from?: string;
  readonly to?: string;
  readonly missing?: number;
  readonly live?: boolean;
  readonly options?: unknown;
}

/** A WebSocket client that keeps what it was sent. */
export class Subscriber {
  readonly socket: WebSocket;
  readonly frames: SentFrame[] = [];
  readonly texts: string[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  constructor(url: string, query = "", options: ClientOptions = {}, unpack = (data: Buffer): string => String(data)) {
    this.socket = new WebSocket(`${url.replace("http", "ws")}/subscribe?${query}`, {
      perMessageDeflate: false,
      ...options,
    });
    this.socket.on("message", (data: Buffer) => {
      const text = unpack(data);
      this.texts.push(text);
      this.frames.push(JSON.parse(text) as SentFrame);
    });
    this.socket.on("close", (code, reason) => (this.closed = { code, reason: reason.toString() }));
    this.socket.on("error", () => undefined);
    onTestFinished(() => this.socket.terminate());
  }

  get events(): readonly { readonly id: string; readonly attributes: { readonly n: number } }[] {
    return this.frames.flatMap(({ event, events }) => [...(event === undefined ? [] : [event]), ...(events ?? [])]);
  }

  get numbers(): readonly number[] {
    return this.events.map(({ attributes }) => attributes.n);
  }

  last(kind: string): SentFrame | undefined {
    return this.frames.findLast((frame) => frame.kind === kind);
  }

  async until(isEnough: (subscriber: this) => boolean): Promise<this> {
    await vi.waitUntil(() => isEnough(this), { timeout: 20_000, interval: 2 });
    return this;
  }

  /** Resolves when it has had so many events. */
  untilEvents(count: number): Promise<this> {
    return this.until(({ events }) => events.length >= count);
  }

  send(value: unknown): void {
    this.socket.send(typeof value === "string" ? value : JSON.stringify(value));
  }
}

/** From `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}
