import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";

const redactor = createRedactor();
/** Of no vendor's form. */
const KEY = ["Zq7hunter", "2x9Qw5T"].join("");
const PASSWORD = "hunter2";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const ASSERTION = base64('<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">');

describe("what messages and protocols say of secrets is found", () => {
  test.each([
    [`Incorrect API key provided: ${KEY}. You can find yours in the settings.`, KEY],
    [`401 {"error":{"message":"Incorrect API key provided: ${KEY}."}}`, KEY],
    [`Invalid access token supplied: "${KEY}"`, KEY],
    [`secret given: ${KEY}`, KEY],
    [`token used: ${KEY}, expired`, KEY],
    [`Invalid password provided: ${KEY}`, KEY],
    [`Invalid API key provided: ${base64(KEY)}`, base64(KEY)],
    [`fetch //bob:${PASSWORD}@host/x`, PASSWORD],
    [`//bob:${PASSWORD}@host`, PASSWORD],
    [`<script src="//bob:correcthorse@example.org/a.js">`, "correcthorse"],
    [`base=//bob:correcthorse@example.org/`, "correcthorse"],
    [`{"url":"\\/\\/bob:${PASSWORD}@example.org\\/a"}`, PASSWORD],
    [`postgres://bob:my ${PASSWORD}@db.example.org/shop`, PASSWORD],
    [`postgres://bob:my ${PASSWORD}@db.example.org:5432`, PASSWORD],
    [`postgres://bob:my%20${PASSWORD}@db.example.org/shop`, PASSWORD],
    [`postgres%3A%2F%2Fbob%3Amy%20${PASSWORD}%40db.example.org%2Fshop`, PASSWORD],
    [`C: AUTH PLAIN ${base64(`\0bob\0${PASSWORD}`)}`, base64(`\0bob\0${PASSWORD}`)],
    [`auth plain ${base64(`bob\0bob\0${PASSWORD}é`)}`, base64(`bob\0bob\0${PASSWORD}é`)],
    [`a1 AUTHENTICATE PLAIN ${base64(`\0bob\0${PASSWORD}`)}\r\n`, base64(`\0bob\0${PASSWORD}`)],
    [`SAMLResponse=${encodeURIComponent(ASSERTION)}&RelayState=x`, ASSERTION.slice(0, 24)],
    [`GET /sso?SAMLRequest=${encodeURIComponent(ASSERTION)} 302`, ASSERTION.slice(0, 24)],
    [`<input type="hidden" name="SAMLResponse" value="${ASSERTION}"/>`, ASSERTION],
    [`{"SAMLResponse":"${ASSERTION}"}`, ASSERTION],
    [`GITHUB_PAT=${PASSWORD}`, PASSWORD],
    [`export AZURE_DEVOPS_PAT='correcthorse'`, "correcthorse"],
    [`{"gitlab_pat":"${PASSWORD}"}`, PASSWORD],
  ])("%s", (text, secret) => {
    expect(text).toContain(secret);
    const safe = redactor.text(text);
    expect(safe).not.toContain(secret);
    expect(redactor.text(safe)).toBe(safe);
  });

  test("under the names of structures too", () => {
    for (const name of ["GITHUB_PAT", "azureDevOpsPat", "SAMLResponse", "saml_request"])
      expect(redactor.key(name).rule, name).toBeDefined();
  });
});

describe("and what only looks so stays", () => {
  test.each([
    "API key provided: see https://example.org/docs",
    "API key provided: none",
    "token provided: must be 32 characters",
    "token provided: authentication-required",
    "token provided: /var/run/secrets/app2/token",
    "password provided: home-page-banner-v2",
    "no secret given: 1234567890123456",
    "name provided: Zq7hunter2x9Qw5Twin",
    "token count provided: Zq7hunter2x9Qw5Twin",
    "Incorrect API key provided: sk-abcd****************wxyz.",
    "// see bob:x@host",
    "//bazel:target@repo",
    "//registry.example.org:8080/@scope/name",
    "//cdn.example.org/a:b@2",
    "@repo//pkg:target2@x",
    "a//bob:h4nter2@host",
    "https://example.org:x bob@example.org",
    "https://example.org:x git@example.org:team/repo.git",
    "https://example.org:8443 and bob@example.org/x",
    "250-AUTH PLAIN LOGIN CRAM-MD5",
    "AUTH PLAIN mechanism refused",
    `AUTH PLAIN ${base64("neither user nor password")}`,
    `AUTH PLAIN ${base64("user\0nothing else")}`,
    "SAML response: 200 in 12ms",
    "SAMLResponse: accepted2",
    "SAMLResponse: urn:oasis:names:tc:SAML:2.0:status:Success",
    "SAML request: id=_a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8",
    "SAML response: urn:oasis:names:tc:SAML:2.0:status:Success",
    "GITHUB_PATH=/opt/x1 GITHUB_PATTERN=v1.2 file_path=/a/b9",
    "FILE_PAT=*.log2 glob_pat=**/*.ts pat=9x",
    "github_pat_name=ci2",
  ])("%s", (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  test("under the names of structures too", () => {
    for (const name of ["pat", "file_pat", "GITHUB_PATH", "samlProvider", "response"])
      expect(redactor.key(name).rule, name).toBeUndefined();
  });
});

describe("the letter of an escape is no part of the name behind it", () => {
  test.each([
    "usage:\\nmax_token: 5",
    "usage:\\nmax_token=5",
    "usage:\\nmax_tokens: 5",
    "usage:\\nmaxToken=44444",
    "usage:\\r\\nnext_token=a1b2c3",
    '{"log":"x\\thas_password=true1"}',
  ])("%s stays", (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  test.each([`DOMAIN\\token=${KEY}`, `x\\napi_key=${KEY}`, `x\\nmy_token=${KEY}`])("%s is found", (text) => {
    expect(redactor.text(text)).not.toContain(KEY);
  });

  test("where the name is an allowed one", () => {
    const own = createRedactor({ allowKeys: ["my_token"] });
    expect(own.text(`x\\nmy_token=${KEY}`)).toBe(`x\\nmy_token=${KEY}`);
  });
});
