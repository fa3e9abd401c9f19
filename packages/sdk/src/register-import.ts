import { getTelemetry } from "./instance.ts";
import "./register.ts";

/** A start that takes longer goes on in the background. */
const MAX_WAIT_MS = 5000;

/**
 * What `--import` and `import` get of `@plumbline/sdk/register`: the service's own code begins when telemetry is there, so that not even a
 * `process.exit` in its first line loses an event. `require()` cannot wait, and gets the module without this one.
 */
await new Promise<void>((resolve) => {
  // Held on purpose: nothing else may keep the process alive yet.
  const timer = setTimeout(resolve, MAX_WAIT_MS);
  const end = (): void => {
    clearTimeout(timer);
    resolve();
  };
  Promise.resolve(getTelemetry()?.flush()).then(end, end);
});
