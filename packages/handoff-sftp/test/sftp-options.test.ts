import { expect, test } from "vitest";
import { createSftpDestination, sftp } from "../src/index.ts";
import { fingerprintOf, HOST_KEY } from "@plumbline/stand-ins";
import { createTestContext } from "@plumbline/testing";

const REST = { agent: "env", hostKey: fingerprintOf(HOST_KEY.public) };

async function check(options: Readonly<Record<string, unknown>>): Promise<unknown> {
  return sftp.options?.["~standard"].validate({ ...REST, ...options });
}

test.each([
  ["sftp://shop@files.example/inbox", { host: "files.example", port: 22, username: "shop", path: "/inbox" }],
  ["sftp://shop@[::1]:2222/in/%41", { host: "::1", port: 2222, username: "shop", path: "/in/A" }],
  ["sftp://shop@files.example/~/inbox", { path: "./inbox" }],
  ["sftp://shop@files.example", { path: "/" }],
] as const)("%s stands for host, port, user and path", async (url, expected) => {
  expect(await check({ url })).toMatchObject({ value: expected });
});

test("an address that holds a password, or more than it may, is refused and not quoted", async () => {
  const secret = ["hidden", "in", "here"].join("-");
  for (const url of [
    `sftp://shop:${secret}@h/in`,
    "sftp://shop@h/in?a=b",
    "sftp:///in",
    "http://h/in",
    "sftp://s@h/%",
    5,
  ]) {
    const result = await check({ url });
    expect(result).toMatchObject({ issues: [{ path: ["url"] }] });
    expect(JSON.stringify(result)).not.toContain(secret);
  }
});

test("what the address says is not said again, and what it does not say is needed", async () => {
  expect(await check({ url: "sftp://shop@h/in", path: "/other" })).toMatchObject({ issues: [{ path: ["path"] }] });
  expect(await check({ url: "sftp://h/in" })).toMatchObject({ issues: [{ path: ["username"] }] });
  expect(await check({ url: "sftp://h/in", username: "shop" })).toMatchObject({ value: { username: "shop" } });
});

test("a destination tells its place from others, and says no secret", async () => {
  const secret = ["hidden", "in", "here"].join("-");
  const place = { host: "h", username: "shop", path: "/in", password: secret, hostKey: [REST.hostKey] };
  const identityOf = async (other: Partial<typeof place> = {}): Promise<string | undefined> => {
    const destination = await createSftpDestination({ ...place, ...other }, createTestContext());
    return destination.identity;
  };
  expect(await identityOf()).toBe("sftp:shop@h:22:/in");
  expect(await identityOf({ password: "another" })).toBe(await identityOf());
  expect(await identityOf({ path: "/other" })).not.toBe(await identityOf());
});
