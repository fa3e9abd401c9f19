import { sinkContract } from "@plumbline/testing";
import { test } from "vitest";
import { openFarSide } from "../src/far-side.ts";
import { webhook } from "../src/index.ts";

const cases = sinkContract({
  plugin: webhook,
  setup: async () => {
    const farSide = await openFarSide();
    return { farSide, options: { url: farSide.url }, delivered: () => farSide.lines, close: () => farSide.close() };
  },
  invalidOptions: [
    undefined,
    "http://127.0.0.1/",
    {},
    { url: "ftp://127.0.0.1/" },
    { url: "http://127.0.0.1/", timeoutMs: 0 },
  ],
  failOnce: ({ farSide }) => farSide.answer({ status: 503 }),
  hang: ({ farSide }) => farSide.answer({ hang: true }),
});
test.each(cases)("$name", ({ run }) => run());
