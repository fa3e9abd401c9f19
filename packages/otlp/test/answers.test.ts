import dns from "node:dns";
import { createServer } from "node:net";
import { LineRecord, RetryableError, PlumblineError } from "@plumbline/core";
import { createOtlpReceiver, createTestLines, type OtlpAnswer } from "@plumbline/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { foreignLine } from "./lines.ts";
import { createScene, until } from "./scene.ts";

type LookUpDone = (error: Error | null, found: string | readonly dns.LookupAddress[], family?: number) => void;

/** The code behind what a write rejected with, and the wait that it asks for. */
function told(outcome: unknown): {
  readonly retry: boolean;
  readonly code: string;
  readonly afterMs?: number | undefined;
} {
  if (RetryableError.isInstance(outcome)) {
    return { retry: true, code: codeOf(outcome.cause), afterMs: outcome.retryAfterMs };
  }
  return { retry: false, code: codeOf(outcome) };
}

function codeOf(error: unknown): string {
  return PlumblineError.isInstance(error) ? error.code : String(error);
}

/** A line that no reader can make an event of. */
function torn(): LineRecord {
  const rest = '"time":"2026-11-20T00:00:00.000000Z","severity":';
  return new LineRecord(rest, rest.length + 1, 0, 0, 9, "test.line", "logs");
}

const status = (code: number, headers: Readonly<Record<string, string>> = {}): OtlpAnswer => ({
  kind: "status",
  status: code,
  headers,
});

describe.each(["http/protobuf", "http/json"] as const)("over %s", (protocol) => {
  test.each([429, 502, 503, 504])("%i is asked for again, and then arrives once", async (code) => {
    await using scene = await createScene({ options: { protocol } });
    scene.receiver.plan(status(code));
    expect(told(await scene.write())).toEqual({ retry: true, code: "PLB_OTLP_BUSY", afterMs: undefined });
    expect(await scene.write()).toBeUndefined();
    expect(scene.arrived()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(scene.sink.counts()).toMatchObject({ requests: 2, PLB_OTLP_BUSY: 1 });
  });

  test.each([400, 401, 403, 404, 405, 408, 415, 422, 425, 500, 501, 505, 507, 599])(
    "%i is not sent again",
    async (code) => {
      await using scene = await createScene({ options: { protocol } });
      scene.receiver.plan({ kind: "status", status: code, message: "no\u001B[31m\nthanks" });
      const outcome = await scene.write();
      expect(told(outcome)).toEqual({ retry: false, code: "PLB_OTLP_REFUSED" });
      expect((outcome as Error).message).toContain(`status ${code}: no [31m thanks`);
      expect(scene.receiver.requests).toHaveLength(1);
    },
  );

  test.each([200, 401, 503])("a secret in what the receiver says (%i) is not shown", async (code) => {
    await using scene = await createScene({ options: { protocol } });
    const token = `ghp_${"a1B2".repeat(9)}`;
    const message = `${"x".repeat(180)} password=${token} is not yours`;
    if (code === 200) scene.receiver.plan({ kind: "partial", rejected: 1, message });
    else scene.receiver.plan({ kind: "status", status: code, message });
    const outcome = await scene.write();
    const shown = [outcome instanceof Error ? outcome.message : "", JSON.stringify(outcome), scene.said()].join("\n");
    expect(shown).not.toContain(token.slice(0, 12));
    expect(shown).toContain("xxx password=[redacted");
  });

  test.each([300, 301, 302, 303, 307, 308])("a redirect (%i) is not followed", async (code) => {
    await using scene = await createScene({ options: { protocol } });
    scene.receiver.plan(status(code, { location: `${scene.receiver.url}/v1/logs` }));
    expect(told(await scene.write())).toEqual({ retry: false, code: "PLB_OTLP_REDIRECTED" });
    expect(scene.receiver.requests).toHaveLength(1);
  });

  test("what a partial success rejects is told with its count, and not sent again", async () => {
    await using scene = await createScene({ options: { protocol } });
    scene.receiver.plan({ kind: "partial", rejected: 3, message: "too old" });
    expect(await scene.write()).toEqual({ rejected: 3, reason: "PLB_OTLP_PARTIAL" });
    expect(scene.arrived()).toHaveLength(7);
    expect(scene.said()).toContain("too old");
    expect(scene.sink.counts()).toMatchObject({ PLB_OTLP_PARTIAL: 3 });
  });

  test("a partial success of nothing is a warning, and all has arrived", async () => {
    await using scene = await createScene({ options: { protocol } });
    scene.receiver.plan({ kind: "partial", rejected: 0, message: "slow down, please" });
    expect(await scene.write()).toBeUndefined();
    expect(scene.said()).toContain("slow down, please");
  });

  test("a partial success that rejects all, or more than were sent, drops all under its code", async () => {
    await using scene = await createScene({ options: { protocol } });
    scene.receiver.plan({ kind: "partial", rejected: 10, message: "" }, { kind: "partial", rejected: 99, message: "" });
    expect(told(await scene.write())).toEqual({ retry: false, code: "PLB_OTLP_PARTIAL" });
    expect(told(await scene.write())).toEqual({ retry: false, code: "PLB_OTLP_PARTIAL" });
  });

  test("lines that cannot be read are rejected and told, the others arrive; where the receiver rejects all of those, nothing was taken", async () => {
    await using scene = await createScene({ options: { protocol } });
    const lines = [torn(), ...createTestLines(3), torn()];
    expect(await scene.write(lines)).toMatchObject({ rejected: 2 });
    expect(scene.arrived()).toEqual([1, 2, 3]);
    expect(scene.sink.counts()).toMatchObject({ requests: 1, PLB_OTLP_LINE_INVALID: 2 });
    scene.receiver.plan({ kind: "partial", rejected: 3, message: "" });
    expect(told(await scene.write(lines))).toEqual({ retry: false, code: "PLB_OTLP_PARTIAL" });
    expect(told(await scene.write([torn()]))).toEqual({ retry: false, code: "PLB_OTLP_LINE_INVALID" });
    expect(scene.receiver.requests).toHaveLength(2);
  });

  test("a line that cannot be read is counted once, however often its batch is sent or split", async () => {
    await using scene = await createScene();
    const batch = [...createTestLines(3), torn()];
    for (const status of [503, 503, 413]) {
      scene.receiver.plan({ kind: "status", status });
      if (status !== 413) expect(told(await scene.write(batch))).toMatchObject({ retry: true });
    }
    expect(await scene.write(batch)).toMatchObject({ rejected: 1 });
    expect(scene.arrived()).toHaveLength(3);
    expect(scene.sink.counts()).toMatchObject({ PLB_OTLP_LINE_INVALID: 1, splits: 1 });
  });

  test("a signal whose request cannot be made loses its own lines alone", async () => {
    await using scene = await createScene();
    const event = (): never => {
      throw new TypeError("no event");
    };
    const batch = [
      ...createTestLines(1),
      Object.defineProperty(foreignLine({ signal: "traces" }), "event", { value: event }),
    ];
    scene.receiver.plan({ kind: "status", status: 503 });
    expect(told(await scene.write(batch))).toMatchObject({ retry: true, code: "PLB_OTLP_BUSY" });
    expect(await scene.write(batch)).toMatchObject({ rejected: 1 });
    expect(scene.arrived()).toHaveLength(1);
  });

  test("the wait comes from RetryInfo where no Retry-After is there", async () => {
    await using scene = await createScene({ options: { protocol } });
    scene.receiver.plan({ kind: "status", status: 429, retryInfoMs: 1500 });
    expect(told(await scene.write()).afterMs).toBe(1500);
    scene.receiver.plan({ kind: "status", status: 429, retryInfoMs: 1e10, headers: {} });
    expect(told(await scene.write()).afterMs).toBe(900_000);
    scene.receiver.plan({ kind: "status", status: 503, retryInfoMs: 1500, headers: { "retry-after": "3" } });
    expect(told(await scene.write()).afterMs).toBe(3000);
  });

  test("a batch that is too large is split until it is not, and arrives once, in order", async () => {
    await using scene = await createScene({
      options: { protocol },
      receiver: { answer: ({ wireBytes }) => (wireBytes > 1500 ? status(413) : { kind: "accept" }) },
    });
    expect(await scene.write(createTestLines(100))).toBeUndefined();
    expect(scene.arrived()).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  test("an event that is too large even alone is rejected, the others arrive", async () => {
    await using scene = await createScene({
      options: { protocol },
      receiver: { answer: ({ wireBytes }) => (wireBytes > 2000 ? status(413) : { kind: "accept" }) },
    });
    const lines = createTestLines(8, { body: (index) => (index === 5 ? "x".repeat(5000) : "short") });
    expect(await scene.write(lines)).toEqual({ rejected: 1, reason: "PLB_OTLP_TOO_LARGE" });
    expect(scene.arrived()).toEqual([1, 2, 3, 4, 5, 7, 8]);
    expect(told(await scene.write(lines.slice(5, 6)))).toEqual({ retry: false, code: "PLB_OTLP_TOO_LARGE" });
  });

  test("a batch beyond the own bound goes in several requests", async () => {
    await using scene = await createScene({ options: { protocol, maxRequestBytes: 1024 } });
    expect(await scene.write(createTestLines(50, { body: () => "x".repeat(60) }))).toBeUndefined();
    expect(scene.receiver.requests.length).toBeGreaterThan(4);
    expect(scene.arrived()).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test("of a batch in several requests, the parts that arrived are not sent again", async () => {
    await using scene = await createScene({ options: { protocol, maxRequestBytes: 1024 } });
    const lines = createTestLines(30, { body: () => "x".repeat(60) });
    scene.receiver.plan({ kind: "accept" }, { kind: "partial", rejected: 1, message: "" }, status(503));
    expect(told(await scene.write(lines))).toMatchObject({ retry: true, code: "PLB_OTLP_BUSY" });
    scene.receiver.plan({ kind: "accept" }, status(400));
    const outcome = await scene.write(lines);
    const refused = 30 - scene.arrived().length - 1;
    expect(outcome).toEqual({ rejected: 1 + refused, reason: "PLB_OTLP_REFUSED" });
    expect(new Set(scene.arrived()).size).toBe(scene.arrived().length);
  });

  test.each<[string, OtlpAnswer]>([
    ["garbage", { kind: "raw", body: Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) }],
    ["half a message", { kind: "raw", body: Buffer.from([10, 50, 8]) }],
    ["a page", { kind: "raw", body: "<html>Log in</html>", headers: { "content-type": "text/html" } }],
    ["no content type", { kind: "raw", body: "ok", headers: { "content-type": "" } }],
    ["a body without end", { kind: "endless" }],
    ["deep nesting", { kind: "raw", body: "[".repeat(60_000), headers: { "content-type": "application/json" } }],
  ])("a success with %s has arrived; that its answer was odd is told and counted", async (_, answer) => {
    await using scene = await createScene({ options: { protocol } });
    scene.receiver.plan(answer);
    expect(await scene.write()).toBeUndefined();
    expect(scene.sink.counts()).toMatchObject({ PLB_OTLP_ANSWER_INVALID: 1 });
    expect(scene.said()).toContain("PLB_OTLP_ANSWER_INVALID");
    expect(await scene.write(createTestLines(1, { firstSeq: 11 }))).toBeUndefined();
    expect(scene.arrived()).toHaveLength(11);
  });

  test("fields of an answer that are not known are skipped", async () => {
    await using scene = await createScene({ options: { protocol } });
    const body =
      protocol === "http/json"
        ? '{"new":[1],"partialSuccess":{"rejectedLogRecords":"1","more":{}}}'
        : Buffer.from([0x20, 1, 0x0a, 4, 0x08, 1, 0x18, 1]);
    scene.receiver.plan({ kind: "raw", body });
    expect(await scene.write()).toEqual({ rejected: 1, reason: "PLB_OTLP_PARTIAL" });
  });

  test("informational answers before the real one are passed over", async () => {
    await using scene = await createScene({ options: { protocol } });
    scene.receiver.plan({ kind: "early" });
    expect(await scene.write()).toBeUndefined();
    expect(scene.arrived()).toHaveLength(10);
  });
});

describe("a connection that breaks", () => {
  test.each<[string, OtlpAnswer]>([
    ["before the answer", { kind: "reset" }],
    ["in the middle of its body", { kind: "reset", afterBytes: 10 }],
  ])("%s has the batch asked for again", async (_, answer) => {
    await using scene = await createScene();
    scene.receiver.plan(answer);
    expect(told(await scene.write())).toMatchObject({ retry: true, code: "PLB_OTLP_UNREACHABLE" });
    expect(await scene.write()).toBeUndefined();
    expect(scene.arrived()).toHaveLength(10);
  });

  test("because nobody listens, and again when somebody does", async () => {
    await using scene = await createScene();
    await scene.receiver.goDown();
    const outcome = await scene.write();
    expect(told(outcome)).toMatchObject({ retry: true, code: "PLB_OTLP_UNREACHABLE" });
    expect((outcome as Error).message).toContain("ECONNREFUSED");
    await scene.receiver.comeUp();
    expect(await scene.write()).toBeUndefined();
  });

  test("because the name is not known", async () => {
    await using scene = await createScene({ options: { endpoint: "http://collector.invalid:4318" } });
    expect(told(await scene.write())).toMatchObject({ retry: true, code: "PLB_OTLP_UNREACHABLE" });
  });

  test("because the name is not known, and again when it is", async () => {
    await using receiver = await createOtlpReceiver();
    const { port } = new URL(receiver.url);
    const asked: string[] = [];
    let isKnown = false;
    // As Node asks: with options, for one address or for all of them.
    const lookUp = (host: string, options: dns.LookupAllOptions, done: LookUpDone): void => {
      asked.push(host);
      if (!isKnown) {
        const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" });
        return void setImmediate(done, error, "", 0);
      }
      const address = { address: "127.0.0.1", family: 4 };
      return void setImmediate(done, null, options.all ? [address] : address.address, address.family);
    };
    await using scene = await createScene({ options: { endpoint: `http://collector.test:${port}` } });
    const spy = vi.spyOn(dns, "lookup").mockImplementation(lookUp as typeof dns.lookup);
    onTestFinished(() => spy.mockRestore());
    for (let times = 0; times < 3; times++) {
      expect(told(await scene.write())).toMatchObject({ retry: true, code: "PLB_OTLP_UNREACHABLE" });
    }
    isKnown = true;
    expect(await scene.write()).toBeUndefined();
    // Asked each time: nothing remembers that there was no such name.
    expect(asked).toEqual(Array.from({ length: 4 }, () => "collector.test"));
    expect(receiver.logRecords).toHaveLength(10);
    expect(scene.sink.counts()).toMatchObject({ PLB_OTLP_UNREACHABLE: 3, requests: 4 });
  });

  test("because the far side wants to speak another protocol", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address() as { port: number };
    await using scene = await createScene({ options: { endpoint: `http://127.0.0.1:${address.port}` } });
    expect(told(await scene.write())).toMatchObject({ retry: true, code: "PLB_OTLP_UNREACHABLE" });
    server.close();
  });

  test("because the far side does not speak HTTP", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", () => socket.end("220 mail.example.org ESMTP\r\n"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address() as { port: number };
    await using scene = await createScene({ options: { endpoint: `http://127.0.0.1:${address.port}` } });
    expect(told(await scene.write())).toMatchObject({ retry: true, code: "PLB_OTLP_UNREACHABLE" });
    server.close();
  });
});

describe("time", () => {
  test("a receiver that hangs is given up at the timeout, by the monotonic clock", async () => {
    await using scene = await createScene({ options: { timeoutMs: 7000 } });
    scene.receiver.plan({ kind: "hang" });
    const writing = scene.write();
    await until(() => scene.receiver.requests.length === 1);
    scene.clock.stepWall(86_400e6);
    await scene.clock.advance(6999);
    expect(scene.context.pendingTimers).toBe(1);
    await scene.clock.advance(1);
    expect(told(await writing)).toMatchObject({ retry: true, code: "PLB_OTLP_TIMEOUT" });
    expect(scene.context.pendingTimers).toBe(0);
  });

  const now = Date.UTC(2026, 0, 1);
  const inDate = (ms: number): string => new Date(now + ms).toUTCString();
  test.each<[string, Readonly<Record<string, string>>, number | undefined]>([
    ["seconds", { "retry-after": "2" }, 2000],
    ["no seconds", { "retry-after": "0" }, 0],
    ["a year of seconds", { "retry-after": "31536000" }, 900_000],
    ["more seconds than a number holds", { "retry-after": "9".repeat(15) }, 900_000],
    ["a date", { "retry-after": inDate(5000), date: inDate(0) }, 5000],
    ["a date in the past", { "retry-after": inDate(-5000), date: inDate(0) }, 0],
    ["a date in a year", { "retry-after": inDate(31_536_000_000), date: inDate(0) }, 900_000],
    ["a date of another clock", { "retry-after": inDate(1e10 + 5000), date: inDate(1e10) }, 5000],
    ["negative seconds", { "retry-after": "-5" }, undefined],
    ["a fraction", { "retry-after": "1.5" }, undefined],
    ["words", { "retry-after": "soon" }, undefined],
    ["nothing", { "retry-after": "" }, undefined],
  ])("a Retry-After of %s is read", async (_, headers, afterMs) => {
    await using scene = await createScene();
    scene.receiver.plan(status(503, headers));
    expect(told(await scene.write())).toEqual({ retry: true, code: "PLB_OTLP_BUSY", afterMs });
  });

  test("without a date of the answer's own, the wall clock is what a date is held against", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      const answer = `HTTP/1.1 503 Service Unavailable\r\nretry-after: ${inDate(9000)}\r\ncontent-length: 0\r\n\r\n`;
      socket.once("data", () => socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address() as { port: number };
    await using other = await createScene({ options: { endpoint: `http://127.0.0.1:${address.port}` } });
    expect(told(await other.write()).afterMs).toBe(9000);
    server.close();
  });
});
