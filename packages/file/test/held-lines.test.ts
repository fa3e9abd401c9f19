import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { type HeldLine, HeldLines } from "../src/held-lines.ts";

const heldOf = (size: number, severity: HeldLine["severity"] = 9): HeldLine => ({ severity, size, isAwaited: false });

test("lines that had to go come back, those that are left are given in order, and none goes for one that is refused", () => {
  const lines = new HeldLines({ queuePolicy: "drop-newest", keep: 9, maxQueueBytes: 1000 });
  const first = heldOf(140);
  const low = heldOf(140, 5);
  const last = heldOf(140);
  for (const held of [first, low, last]) expect(lines.offer(held)).toEqual({ isTaken: true, evicted: [] });
  expect(lines.offer(heldOf(300))).toEqual({ isTaken: false, evicted: [] });
  const severe = heldOf(200, 13);
  expect(lines.offer(severe)).toEqual({ isTaken: true, evicted: [low] });
  expect(lines.takeAll()).toEqual([first, last, severe]);
  expect([lines.count, lines.takeAll()]).toEqual([0, []]);
});

/** V8's own collector, which a flag makes reachable at run time. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("no gc");
  collect();
}

test("lines that had to go are not kept reachable by the slots they stood in", async () => {
  const lines = new HeldLines({ queuePolicy: "drop-oldest", keep: undefined, maxQueueBytes: 20_000 });
  const refs: WeakRef<HeldLine>[] = [];
  let evicted = 0;
  for (let n = 0; evicted < 40; n++) {
    const held = heldOf((n * 37) % 400);
    refs.push(new WeakRef(held));
    evicted += lines.offer(held).evicted.length;
  }
  // WeakRefs are held to the end of the tick that made them.
  await new Promise(setImmediate);
  collectGarbage();
  // Those of the last turn may still stand in a register of the loop above.
  expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(lines.count + 3);
});
