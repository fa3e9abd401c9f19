import { fork } from "node:child_process";
import { once } from "node:events";
import type { RunRequest, RunResult } from "./run-one.ts";

/**
 * Runs every contender once a round, each in a fresh process, in an order that turns by one each round: what the
 * machine does meanwhile falls on all of them alike.
 */
export async function runRounds(
  contenders: number,
  rounds: number,
  request: Omit<RunRequest, "contender">,
  progress: (done: number, of: number) => void,
): Promise<readonly (readonly RunResult[])[]> {
  const results: RunResult[][] = Array.from({ length: contenders }, () => []);
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < contenders; place++) {
      const contender = (place + round) % contenders;
      results[contender]?.push(await runInProcess({ ...request, contender }));
      progress(round * contenders + place + 1, rounds * contenders);
    }
  }
  return results;
}

async function runInProcess(request: RunRequest): Promise<RunResult> {
  const child = fork(new URL("./run-one.js", import.meta.url), [JSON.stringify(request)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let result: RunResult | undefined;
  child.on("message", (message) => {
    result = message as RunResult;
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (result === undefined) throw new Error(`contender ${request.contender} ended with ${code} and no result`);
  return result;
}
