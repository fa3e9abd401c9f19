import { expect, test } from "vitest";
import { DiskLine } from "../src/disk-line.ts";
import { OrderDetector } from "../src/order-detector.ts";
import type { StreamLine } from "../src/index.ts";
import { lineOf } from "./delivery-scene.ts";

const [A, B] = ["0000000000001", "0000000000002"];
const onDisk = (epoch: string, ...seqs: number[]): StreamLine[] =>
  seqs.map((seq) => new DiskLine(Buffer.alloc(0), 0, 0, epoch, seq));
const inMemory = (epoch: string, ...seqs: number[]): StreamLine[] =>
  seqs.map((seq) => {
    const line = lineOf(seq);
    line.number(epoch, seq);
    return line as unknown as StreamLine;
  });

for (const [where, make] of [
  ["from disk", onDisk],
  ["from memory", inMemory],
] as const) {
  test(`lines ${where} that go on where the last ended are in order, across an epoch too`, () => {
    const detector = new OrderDetector();
    detector.begin({ epoch: A, seq: 3 });
    expect(detector.take(make(A, 4, 5, 6))).toBeUndefined();
    expect(detector.take(make(A, 7))).toBeUndefined();
    expect(detector.take(make(B, 1, 2))).toBeUndefined();
    detector.begin({ epoch: B, seq: 9 });
    expect(detector.take(make(B, 10))).toBeUndefined();
  });

  test(`one of the lines ${where} that is missing, repeated or out of place is seen`, () => {
    const wrong: [string, number[]][] = [
      [A, [5]],
      [A, [3, 4]],
      [A, [4, 6]],
      [A, [4, 4, 5]],
      [B, [2]],
      ["0000000000000", [1]],
    ];
    for (const [epoch, seqs] of wrong) {
      const detector = new OrderDetector();
      detector.begin({ epoch: A, seq: 3 });
      expect(detector.take(make(epoch, ...seqs)), `${epoch} ${seqs.join()}`).toBeDefined();
    }
  });
}

test("two lines from disk that have changed places are seen", () => {
  const detector = new OrderDetector();
  detector.begin({ epoch: A, seq: 3 });
  expect(detector.take(onDisk(A, 4, 6, 5, 7))).toEqual({
    after: expect.objectContaining({ seq: 4 }),
    found: { epoch: A, seq: 6 },
  });
});
