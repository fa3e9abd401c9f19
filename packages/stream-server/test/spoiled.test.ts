import { get } from "node:http";
import { gunzipSync } from "node:zlib";
import { createReadMemory, type ReadMemory } from "@plumbline/stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { WireMemory } from "../src/wire-memory.ts";
import { openJournal, serve, Subscriber, type JournalScene } from "./scene.ts";

/** Whoever looks at memory that was given back, of lines or of what is sent, sees nothing that was ever written. */
function spoilMemory(): void {
  const prototype = Object.getPrototypeOf(createReadMemory()) as ReadMemory;
  const give = Reflect.get(prototype, "give");
  const room = Reflect.get(WireMemory.prototype, "room");
  const spies = [
    vi.spyOn(prototype, "give").mockImplementation(function (this: ReadMemory, taken) {
      give.call(this, taken.fill(0xff));
    }),
    vi.spyOn(WireMemory.prototype, "room").mockImplementation(function (this: WireMemory, bytes) {
      const taken = room.call(this, bytes);
      const release = (): void => {
        taken.room.fill(0xff);
        taken.release();
      };
      return { room: taken.room.fill(0xff), release };
    }),
  ];
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
}

/** Draws as its seed says. */
function drawer(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Lines as they stand in frames: of one event, or of several, each on a line of its own. */
function linesOf(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    if (text.startsWith('{"kind":"event"')) return [text.slice(text.indexOf(',"event":') + 9, -1)];
    return text.startsWith('{"kind":"events"')
      ? text
          .split("\n")
          .slice(1, -1)
          .map((line) => line.replace(/,$/, ""))
      : [];
  });
}

/** What a reader was sent, line by line, and where it wanted to begin. */
interface Reader {
  readonly what: string;
  readonly after: number;
  readonly isFiltered: boolean;
  readonly texts: () => readonly string[];
  readonly goes: () => void;
}

function overSse(url: string, query: string, draw: (below: number) => number): Pick<Reader, "texts" | "goes"> {
  const chunks: Buffer[] = [];
  const request = get(`${url}/events?${query}`, (response) => {
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (draw(10) > 0) return;
      response.pause();
      setTimeout(() => response.resume(), draw(20));
    });
    response.on("error", () => undefined);
  });
  request.on("error", () => undefined);
  onTestFinished(() => void request.destroy());
  const texts = (): string[] =>
    Buffer.concat(chunks)
      .toString()
      .split("\n\n")
      .slice(0, -1)
      .map((event) =>
        event
          .split("\n")
          .flatMap((line) => (line.startsWith("data: ") ? [line.slice(6)] : []))
          .join("\n"),
      );
  return { texts, goes: () => request.destroy() };
}

function overWebSocket(
  url: string,
  query: string,
  isPacked: boolean,
  filter: { readonly wantedNames?: readonly string[] },
  draw: (below: number) => number,
): Pick<Reader, "texts" | "goes"> {
  const form = isPacked ? "&compress=gzip" : "";
  const unpack = isPacked ? (data: Buffer): string => gunzipSync(data).toString() : undefined;
  const client = new Subscriber(url, query + form, {}, unpack);
  const { socket } = client;
  socket.on("message", () => {
    const drawn = draw(60);
    if (drawn === 0) client.send({ kind: "options_update", options: { batch: 1 + draw(5), ...filter } });
    if (drawn !== 1) return;
    socket.pause();
    setTimeout(() => socket.resume(), draw(30));
  });
  return { texts: () => client.texts, goes: () => socket.terminate() };
}

function readerOf(url: string, { epoch, lines }: JournalScene, draw: (below: number) => number): Reader {
  const after = draw(3) === 0 ? 0 : draw(lines.length);
  const isFiltered = draw(3) === 0;
  const query = `cursor=${epoch}:${after}&batch=${[1, 3, 40][draw(3)] ?? 1}${isFiltered ? "&wantedNames=even.line" : ""}`;
  const transport = draw(4);
  const own =
    transport === 0
      ? overSse(url, query, draw)
      : overWebSocket(url, query, transport === 1, isFiltered ? { wantedNames: ["even.line"] } : {}, draw);
  return { what: `${query} ${["sse", "gzip"][transport] ?? ""}`, after, isFiltered, ...own };
}

/** How many lines a reader had; throws where one is not, byte for byte, what comes next in the journal. */
function compare({ what, after, isFiltered, texts }: Reader, { lines }: JournalScene): number {
  let at = after;
  const isLeftOut = (line = ""): boolean => isFiltered && line.includes('"odd.line"');
  for (const line of linesOf(texts())) {
    while (isLeftOut(lines[at])) at += 1;
    // Not by a matcher: that would print megabytes.
    if (line !== lines[at]) throw new Error(`${what}: not the line ${at + 1}, but ${line.slice(0, 100)}`);
    at += 1;
  }
  return at;
}

test.each(["journal", "path"] as const)(
  "by its %s: of memory that was given back nothing is ever sent, however many come, stop, change what they want, and go",
  { timeout: 120_000 },
  async (by) => {
    spoilMemory();
    const draw = drawer(by === "path" ? 7 : 11);
    const scene = await openJournal({ retainBytes: 100_000, rotate: { maxBytes: 250_000 } });
    await scene.append(300, 2000);
    const server = await serve({ journal: scene[by], pollMs: 2, maxBatchBytes: 32_768 });
    const gone: Reader[] = [];
    let readers: Reader[] = [];
    for (let round = 0; round < 8; round++) {
      for (let count = 0; count < 4; count++) readers.push(readerOf(server.url, scene, draw));
      await scene.append(20, draw(2000));
      const leaving = readers.filter(() => draw(5) === 0);
      for (const reader of leaving) reader.goes();
      gone.push(...leaving);
      readers = readers.filter((reader) => !leaving.includes(reader));
    }
    const last = scene.lines.length;
    const isDone = (): boolean => readers.every((reader) => compare(reader, scene) === last);
    await vi.waitUntil(isDone, { timeout: 60_000, interval: 100 });
    expect(gone.map((reader) => compare(reader, scene)).every((at) => at <= last)).toBe(true);
  },
);
