import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { contentOf, createScene, stage } from "./destination-scene.ts";

const NAMES = ["a.bin", "b.bin", "c.bin"];

test("closing takes away what is under way side by side: a server that is silent holds it up once, and not once a file", async () => {
  const { destination, fixture } = await createScene({ replyTimeoutMs: 200 });
  await destination.start();
  for (const name of NAMES) await (await stage(destination, name)).write(contentOf(1000));
  const from = fixture.server.requests.length;
  fixture.server.fault = (request) => (request === "close" ? "silence" : undefined);
  await destination.close();
  const asked = fixture.server.requests.slice(from).filter((request) => request === "close");
  expect(asked).toHaveLength(NAMES.length);
  fixture.server.fault = () => undefined;
});

test("closing has one answer's time for all that is under way, however often the server says something", async () => {
  const { destination, fixture } = await createScene({ replyTimeoutMs: 200 });
  await destination.start();
  for (const name of NAMES) await (await stage(destination, name)).write(contentOf(1000));
  fixture.server.fault = (request) => (request === "close" ? "silence" : undefined);
  const talking = (async () => {
    // Each answer is a sign of life, so that silence alone would never end it.
    while (
      await destination.inspect("other.bin").then(
        () => true,
        () => false,
      )
    );
  })();
  await destination.close();
  await talking;
  fixture.server.fault = () => undefined;
  expect(await fixture.staged()).toBe(NAMES.length); // for `reap`
});

test("closing tells that something may not be taken away", async () => {
  const { destination, fixture } = await createScene();
  await destination.start();
  await (await stage(destination, "a.bin")).write(contentOf(1000));
  fixture.server.fault = (request) => (request === "remove" ? { status: 3 } : undefined);
  await expect(destination.close()).rejects.toMatchObject({ code: "PLB_SFTP_REFUSED", details: { what: "remove" } });
});

test("closing is not held up by a server that takes a connection and says nothing", async () => {
  let accepted = (): void => undefined;
  const connected = new Promise<void>((resolve) => (accepted = resolve));
  const silent = createServer((socket) => {
    socket.on("error", () => undefined);
    accepted();
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const { destination } = await createScene({ port, connectTimeoutMs: 3_600_000 });
  const started = destination.start().catch((error: unknown) => error);
  await connected;
  await destination.close();
  expect(await started).toMatchObject({ name: "RetryableError", cause: { code: "PLB_SFTP_UNREACHABLE" } });
});
