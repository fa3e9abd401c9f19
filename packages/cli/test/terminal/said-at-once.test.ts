import { expect, test } from "vitest";
import { hostContext } from "../../src/handoff/host-context.ts";
import { printStream } from "../../src/stream/print-stream.ts";
import type { RemoteItem } from "../../src/stream/stream-server-module.ts";
import { LinePrinter } from "../../src/view/line-printer.ts";
import { recordedConsole } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const LINE = '{"id":"0123456789abc:1","time":"2026-11-20T10:00:00.000000Z","severity":"INFO","name":"a"}';
const EVERYTHING = { names: [], attributes: [], minSeverity: undefined };

test("a gap is said while the stream goes on, behind the lines before it", async () => {
  const said: string[] = [];
  const { console, err } = recordedConsole({ cwd: temporaryFolder(), onOut: (text) => void said.push(text, err()) });
  const printer = new LinePrinter(console, EVERYTHING, "raw");
  await printer.print(LINE);
  await printer.note("7 events are missing");
  expect(said).toEqual([`${LINE}\n`, ""]);
  expect(err()).toBe("plumbline: 7 events are missing\n");

  async function* items(): AsyncGenerator<RemoteItem> {
    yield { kind: "gap", to: "x:9", missing: 3, reason: "size", cursor: "x:8" };
    await expect.poll(err).toContain("3 events are missing before x:9");
  }
  await printStream(items(), printer, { atLive: true, isOver: () => false }, () => console.out.flush());
});

test("what a plugin says that a command runs is said while it runs", () => {
  const { console, err } = recordedConsole({ cwd: temporaryFolder() });
  hostContext(console, "archive", temporaryFolder()).diagnostics.warn("the far side is away");
  expect(err()).toBe("plumbline: the far side is away\n");
});
