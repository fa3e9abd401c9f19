import { test } from "vitest";
import { runScene } from "/tmp/wt/stream/packages/stream/test/schedule/scene.ts";
test("x", async () => {
  const r = await runScene(Number(process.env.SEED));
  console.log(r.verdict, r.seen.map((s) => (s.kind === "event" ? s.id.slice(8) : JSON.stringify(s))).join("\n"));
  console.log(r.truth);
});
