// A reloader that writes what is watched to another file and tells a target over HTTP; it ends on SIGTERM. Plain JavaScript on `dist`.
import { createHttpTrigger, createReloader, writeFileAtomic } from "../dist/index.js";

const [config, output, lastGood, url] = process.argv.slice(2);
const alive = setInterval(() => undefined, 1000);
const trigger = createHttpTrigger({ url });
const nothing = () => undefined;
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing, verbose: nothing };
const reloader = createReloader({
  files: [config],
  lastGood: { path: lastGood },
  diagnostics: silent,
  method: trigger.method,
  retry: { initialMs: 100 },
  whenNothingIsGood: "wait",
  load: ({ content }) => content.toString(),
  validate(text) {
    if (text.startsWith("bad")) throw new TypeError("bad");
  },
  async apply(text, { signal }) {
    await writeFileAtomic(output, text);
    await trigger.fire(signal);
  },
  onEvent: ({ kind }) => process.stdout.write(`${kind}\n`),
});
process.once("SIGTERM", () => {
  void reloader.close().then(() => {
    clearInterval(alive);
    process.stdout.write("closed\n");
  });
});
await reloader.start();
