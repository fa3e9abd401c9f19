import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "@plumbline/testing";
import { expect, onTestFinished, test } from "vitest";
import { createChokidarHints } from "../src/hints.ts";
import type { Interest } from "../src/interests.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "plumbline-watch-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test.each([true, false])(
  "a close while a directory is being opened ends that, and leaves nothing open (on the way: %s)",
  async (isOnTheWay) => {
    const clock = createFakeClock();
    const hints = createChokidarHints(clock, { hint: () => undefined, failed: () => undefined });
    const interest: Interest = { identity: "1", names: new Set(), filter: undefined, isOnTheWay };
    const following = hints.follow(new Map([[folder(), interest]]));
    await hints.close();
    // The clock stands still: nothing waits for it.
    await following;
    expect(hints.watches).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  },
);
