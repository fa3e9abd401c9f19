import { expect, test } from "vitest";
import { FrameReader } from "../../src/stream/frame-reader.ts";
import { framesOf } from "../../src/stream/journal-lines.ts";
import { SequenceOracle } from "../../src/stream/sequence-oracle.ts";
import { SubscriptionWatch } from "../../src/stream/subscription-watch.ts";

function seen(first: number, last: number, numbers: readonly number[]): SequenceOracle {
  const oracle = new SequenceOracle(first, last);
  for (const n of numbers) oracle.take(n);
  return oracle;
}

test.each([
  [[3, 4, 5, 6], { found: 4, lost: 0, repeated: 0, reordered: 0 }],
  [[1, 2, 3, 4, 5, 6, 7], { found: 4, lost: 0, repeated: 0, reordered: 0 }],
  [[3, 5, 6], { found: 3, lost: 1, repeated: 0, reordered: 0 }],
  [[3, 5, 4, 6], { found: 4, lost: 0, repeated: 0, reordered: 1 }],
  [[3, 4, 4, 3, 5, 6], { found: 4, lost: 0, repeated: 2, reordered: 0 }],
  [[], { found: 0, lost: 4, repeated: 0, reordered: 0 }],
])("of the events 3 to 6, %j: what was lost, came again, or out of order", (numbers, findings) => {
  expect(seen(3, 6, numbers).findings()).toEqual(findings);
});

test("it is complete with all events, and at the end with the last", () => {
  expect(seen(1, 3, [1, 3])).toMatchObject({ isComplete: false, isAtEnd: true });
  expect(seen(1, 3, [1, 2])).toMatchObject({ isComplete: false, isAtEnd: false });
  expect(seen(1, 3, [1, 2, 3])).toMatchObject({ isComplete: true, isAtEnd: true });
});

function wireOf(frames: readonly Buffer[]): Buffer {
  const head = (length: number): Buffer => {
    if (length < 126) return Buffer.from([0x81, length]);
    if (length < 65_536) return Buffer.from([0x81, 126, length >> 8, length & 0xff]);
    return Buffer.from([
      0x81,
      127,
      0,
      0,
      0,
      0,
      length >>> 24,
      (length >> 16) & 0xff,
      (length >> 8) & 0xff,
      length & 0xff,
    ]);
  };
  return Buffer.concat(frames.flatMap((frame) => [head(frame.length), frame]));
}

/** As a socket gives it: as much at once as there is room for. */
function give(reader: FrameReader, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) {
    const count = bytes.copy(reader.room(), 0, at);
    reader.came(count);
    at += count;
  }
}

test.each([1, 7, 400])(
  "frames of %i events are read however the bytes are cut, and what is no event is passed over",
  (batch) => {
    const frames = framesOf(1, 400, batch);
    const others = [Buffer.from("{}"), Buffer.from('{"kind":"progress"}')];
    const bytes = Buffer.concat([Buffer.from("HTTP/1.1 101 \r\nA: b\r\n\r\n"), wireOf([...others, ...frames])]);
    for (const step of [97, 3331, bytes.length]) {
      const watch = new SubscriptionWatch([1, 400], undefined);
      const reader = new FrameReader((...place) => watch.payload(...place));
      for (let at = 0; at < bytes.length; at += step) give(reader, bytes.subarray(at, at + step));
      expect(watch.oracle.findings()).toEqual({ found: 400, lost: 0, repeated: 0, reordered: 0 });
    }
  },
);

test("an upgrade that is refused is an error", () => {
  const reader = new FrameReader(() => undefined);
  expect(() => give(reader, Buffer.from("HTTP/1.1 401 Unauthorized\r\n\r\n"))).toThrow("401");
});

test("an end that is set later takes the place of the first", () => {
  const oracle = new SequenceOracle(3, 1000);
  for (const n of [3, 4]) oracle.take(n);
  oracle.endAt(6);
  expect(oracle).toMatchObject({ isComplete: false, isAtEnd: false });
  for (const n of [5, 6]) oracle.take(n);
  expect(oracle).toMatchObject({ isComplete: true, isAtEnd: true });
  oracle.take(7);
  expect(oracle.findings()).toEqual({ found: 4, lost: 0, repeated: 0, reordered: 0 });
});
