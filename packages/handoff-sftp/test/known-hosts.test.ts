import { createHmac, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { algorithmsOf, keysOf } from "../src/known-hosts.ts";

const KEY = Buffer.from("a key").toString("base64");

function known(hosts: string, host: string, port = 22): boolean {
  return keysOf(`${hosts} ssh-ed25519 ${KEY}\n`, host, port).length > 0;
}

test.each([
  ["far.example", "far.example", 22, true],
  ["FAR.example", "far.EXAMPLE", 22, true],
  ["other,far.example", "far.example", 22, true],
  ["far.example", "far.example", 2222, false],
  ["[far.example]:2222", "far.example", 2222, true],
  ["*.example", "far.example", 22, true],
  ["f?r.example", "far.example", 22, true],
  ["*.example,!far.example", "far.example", 22, false],
  ["!far.example,*.example", "far.example", 22, false],
  ["far.exampl", "far.example", 22, false],
  ["a*a*a*a*a*a*a*a*a*a*b", "a".repeat(200), 22, false],
] as const)("%s for %s, port %d: %s", (hosts, host, port, expected) => {
  expect(known(hosts, host, port)).toBe(expected);
});

test("hashed names are known by their hash alone", () => {
  const salt = randomBytes(20);
  const hash = createHmac("sha1", salt).update("[far.example]:2222").digest("base64");
  const hosts = `|1|${salt.toString("base64")}|${hash}`;
  expect(known(hosts, "far.example", 2222)).toBe(true);
  expect(known(hosts, "far.example")).toBe(false);
  expect(known("|1|broken", "far.example")).toBe(false);
});

test("comments, authorities and broken lines have no key; a revoked one is marked", () => {
  const text = ["# a", "", "far", "@cert-authority far ssh-ed25519 AAAA", `@revoked far ssh-rsa ${KEY}`].join("\n");
  expect(keysOf(text, "far", 22)).toMatchObject([{ type: "ssh-rsa", isRevoked: true }]);
});

test("an RSA key is asked for by the algorithms that do not sign with SHA-1", () => {
  const keys = keysOf(`far ssh-rsa ${KEY}\nfar ssh-ed25519 ${KEY}\n@revoked far x ${KEY}`, "far", 22);
  expect(algorithmsOf(keys)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]);
});
