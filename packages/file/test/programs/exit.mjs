// Appends lines in the class `buffered` and ends in the way that it is told, with the thread pool busy or not.
import { pbkdf2 } from "node:crypto";
import { createFileSink } from "@plumbline/file";
import { makeLine } from "./lines.mjs";

const [path, how, pool, countText] = process.argv.slice(2);
const count = Number(countText);
const sink = createFileSink({ path, durability: "buffered", rotate: { maxBytes: 300_000 } });
await sink.start();
if (pool === "busy") for (let job = 0; job < 8; job++) pbkdf2("p", "s", 60_000, 64, "sha512", () => undefined);

let index = 0;
const appendSome = (until) => {
  for (; index < until; index++) sink.append(makeLine(index, "x".repeat((index * 31) % 400)));
};
appendSome(Math.trunc(count / 2));
// Now a write is in flight, or waits for a thread.
await new Promise((resolve) => setImmediate(resolve));
process.on("exit", () => appendSome(count));
appendSome(count - 10);
if (how === "exit") process.exit(0);
if (how === "throw") throw new Error("on purpose");
if (how === "reject") void Promise.reject(new Error("on purpose"));
// "end": there is nothing more to do.
