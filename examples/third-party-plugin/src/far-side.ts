import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How one request is answered: with a status, or (`hang`) never. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Takes all lines but the last so many, and says so. */
  readonly rejects?: number;
  readonly hang?: boolean;
}

/** A webhook on the loopback interface that does as it is told. */
export interface FarSide {
  readonly url: string;
  /** The lines of every request that was answered with 2xx, in order. */
  readonly lines: readonly string[];
  /** The headers of every request, in order. */
  readonly requests: readonly IncomingHttpHeaders[];
  /** Plans the answers to the next requests, one each. Later ones get 204. */
  answer(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function openFarSide(): Promise<FarSide> {
  const lines: string[] = [];
  const requests: IncomingHttpHeaders[] = [];
  const planned: Answer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push(request.headers);
      const answer = planned.shift() ?? {};
      const { status = 204 } = answer;
      const isTaken = answer.hang !== true && status >= 200 && status < 300;
      // What follows the last line feed is no line, and empty.
      const sent = Buffer.concat(chunks).toString("utf8").split("\n").slice(0, -1);
      if (isTaken) lines.push(...sent.slice(0, sent.length - (answer.rejects ?? 0)));
      if (answer.hang !== true) respond(response, status, answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}/hook`,
    lines,
    requests,
    answer: (...answers) => void planned.push(...answers),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function respond(response: ServerResponse, status: number, { headers, body, rejects }: Answer): void {
  const said = rejects === undefined ? body : JSON.stringify({ rejected: rejects, reason: "too old" });
  response.writeHead(status, headers).end(said);
}
