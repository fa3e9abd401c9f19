import { test } from "vitest";
import { runScene } from "./schedule/scene.ts";
test("x", async () => {
  for (const seed of (process.env.SEED ?? "").split(",")) {
  const r = await runScene(Number(seed));
  console.log(seed, r.verdict, r.seen.map((s) => (s.kind === "event" ? s.id.slice(8) : JSON.stringify(s))).join(" "));
  console.log(r.truth);
  }
});
