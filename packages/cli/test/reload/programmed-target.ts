import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A status, or what is done with the request instead of answering it. */
export type Answer = number | ((response: ServerResponse, request: IncomingMessage) => void);

/** A target in this process, which answers each request for a reload as the test says. */
export interface ProgrammedTarget {
  readonly url: string;
  /** Statuses answered so far; 0 where the test answered otherwise. */
  readonly answered: readonly number[];
  /** Those of status 200. */
  readonly reloads: () => number;
  /** What the next requests get; the last goes for all that come after. */
  answer(next: (count: number) => Answer | Promise<Answer>): void;
}

/** Answers 200 until told otherwise. Ends with the test. */
export async function startTarget(): Promise<ProgrammedTarget> {
  const answered: number[] = [];
  let next: (count: number) => Answer | Promise<Answer> = () => 200;
  const server = createServer((request, response) => {
    request.resume();
    void (async () => {
      const answer = await next(answered.length + 1);
      answered.push(typeof answer === "number" ? answer : 0);
      if (typeof answer === "function") answer(response, request);
      else response.writeHead(answer).end();
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/-/reload`,
    answered,
    reloads: () => answered.filter((status) => status === 200).length,
    answer(given) {
      next = given;
    },
  };
}
