import { createEpoch, formatId } from "@plumbline/core";
import type { StreamLine } from "@plumbline/stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { writeEventWire } from "../src/event-wire.ts";
import { writeEventFrames } from "../src/frame-writer.ts";
import { toWire } from "../src/wire-form.ts";

const EPOCH = createEpoch(1_700_000_000_000_000, () => 0);

function lineOf(seq: number, body: string): StreamLine {
  const id = formatId(EPOCH, seq);
  const line = `{"id":"${id}","time":"2026-11-20T21:57:03.123456Z","severity":"INFO","body":${JSON.stringify(body)}}`;
  // What the writer of frames looks at.
  return { id, line, size: Buffer.byteLength(line) } as unknown as StreamLine;
}

/** The same lines, as a journal has them in memory: in several buffers, with something before, between and behind. */
function inMemory(lines: readonly StreamLine[], perBuffer: number): readonly StreamLine[] {
  const texts = lines.map(({ line }) => line);
  const buffers = Array.from({ length: Math.ceil(lines.length / perBuffer) }, (_, at) =>
    Buffer.from(`other\n${texts.slice(at * perBuffer, (at + 1) * perBuffer).join("\n")}\nother`),
  );
  return lines.map((line, at) => {
    const bytes = buffers[Math.floor(at / perBuffer)] ?? Buffer.alloc(0);
    const start = bytes.indexOf(Buffer.from(line.line));
    return { ...line, utf8: { bytes, start, end: start + Buffer.byteLength(line.line) } };
  });
}

const lengths = fc.oneof({ weight: 8, arbitrary: fc.nat(300) }, fc.integer({ min: 65_300, max: 65_600 }));
const bodies = fc.array(
  fc.tuple(fc.string({ unit: "grapheme" }), lengths).map(([text, length]) => text + "x".repeat(length)),
  { minLength: 1, maxLength: 20 },
);

test.each(["websocket", "sse"] as const)(
  "events for %s are the same bytes written at once as frame by frame, whatever they are and however many go into one",
  async (transport) => {
    const cases = fc.asyncProperty(
      fc.integer({ min: 1, max: 2 ** 50 }),
      bodies,
      fc.constantFrom(1, 2, 3, 7, 256),
      fc.constantFrom(400, 700, 70_000, Number.POSITIVE_INFINITY),
      fc.nat(5),
      async (first, texts, batch, maxMessageBytes, perBuffer) => {
        const made = texts.map((text, at) => lineOf(first + at, text));
        const lines = perBuffer === 0 ? made : inMemory(made, perBuffer);
        const frames = writeEventFrames(lines, batch, maxMessageBytes);
        const wire = await toWire(frames, { transport, compress: "none" });
        const written = writeEventWire(lines, batch, maxMessageBytes, transport);
        // Where a line is too long there is a gap in its place, which the other way writes.
        const hasGap = frames.some(({ events }) => events === 0);
        expect(written === undefined).toBe(hasGap);
        if (written === undefined) return;
        expect({ frames: written.frames, events: written.events }).toEqual({
          frames: frames.length,
          events: lines.length,
        });
        expect(written.wire.equals(wire)).toBe(true);
      },
    );
    await fc.assert(cases, { numRuns: 60 });
  },
);

test("a line that does not begin with its id is left to the other way", () => {
  const line = { ...lineOf(1, "a"), line: '{"name":"a"}' } as StreamLine;
  expect(writeEventWire([line], 1, 1000, "websocket")).toBeUndefined();
});
