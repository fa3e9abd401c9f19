import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { createWriter } from "../serialize/writer.ts";

const redactor = createRedactor();
const writer = createWriter({ redactor });
const SECRET = "Zq7hunter2x9";
const WORD = "correcthorse";

describe("what is no secret stays", () => {
  test.each([
    "update users set password=? where id=?",
    "select id from t where token=?1 and password = ?",
    "insert into users (name) values ($1) -- password=$2, token=$13",
    "where password=:password, token=:p0",
    "where password=@p0 and token=@ApiToken)",
    "set password=%(password)s",
    "set password=#{password}, token=#{params[:api_token2]}",
    'password="#{Secrets.fetch(:db2)}"',
    'password: "#{ENV["DB_PASSWORD2"]}"',
    "password=%(db_password2)s.",
    "where password=:passwordHash and token = :new_token2",
    "PASS: gcc.dg/pr12345-1.c",
    "PASS: tests/login2.sh 3 - logs in",
    "ok\n  PASS: tests/login2",
    "PASS: gcc.c-torture/execute/20010119-1.c   -O2  (test for excess errors)",
    "{ pass: 1042, fail: 3 }",
    '{"fail":3,"pass":1042}',
    '{\\"pass\\":1042,\\"failed\\":3}',
    "skipped=12 pass=1042",
    "pass: 104, 97.5 of 100",
    "Auth: user42 connected",
    "secret=default-token-x7k2p",
    "password: op://vault/db/password1",
    "password=ref+vault://secret/db2#pass",
    "GET /x?key=home_page_banner_v2 200",
    "  token: Token2;",
    "docker build --secret id=npmrc2,src=/x .",
    'docker build --secret "id=npmrc2,src=/x" .',
    "docker build --secret=id=npmrc2,env=NPM_2 .",
    "gen_ai.server.time_to_first_token=0.31",
    "password: ${DB_PASSWORD:?it must be set9}",
    "use the --password option",
    "  --password string   the password",
    "give --password PASSWORD instead",
    "pass --password instead of it",
    "the --password must be set",
  ])("in text: %s", (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  test.each<object>([
    { pass: 1042, fail: 3 },
    { pass: 104, total: 120 },
    { skipped: 1, PASS: 1042 },
    { pass: 97.25 },
    { auth: true, cookie: false, password: "", token: "" },
    { token: "}", line: 3 },
    {
      "gen_ai.server.time_to_first_token": 0.31,
      "gen_ai.server.time_per_output_token": 0.02,
      eos_token: "<end>",
      fencing_token: 33,
      lock_token: "urn:1",
      token_bucket: "api",
      stop_token: "stop",
      cancellationToken: "none",
      ssh_key_fingerprint: "SHA256:abc",
    },
  ])("in a structure: %j", (attributes) => {
    expect(JSON.parse(writer.write({ attributes: { ...attributes } }, 9).line)).toMatchObject({ attributes });
  });
});

describe("a plain word is found where no prose can stand", () => {
  test.each([
    "run --password correcthorse --verbose",
    "docker login -u bob --passphrase correcthorse",
    "machine api login bob password correcthorse",
    "GET /login?pass=correcthorse&y=1 200",
    "user=bob&pw=correcthorse",
    "password: correcthorse # of the database",
  ])("%s", (text) => {
    const safe = redactor.text(text);
    expect(safe).not.toContain("correcthorse");
    expect(redactor.text(safe)).toBe(safe);
  });
});

describe("what only looks so is found", () => {
  test.each([
    `password=?${SECRET}`,
    `password=@${SECRET}`,
    `password=:${SECRET}`,
    `password=$1${SECRET}`,
    `password=id=${SECRET}`,
    `X-Auth-Token: id=${SECRET}`,
    `headers: { cookie: 'id=${SECRET}', authorization: '${SECRET}' }`,
    `{"session_cookie":"id=${SECRET}; Path=/"}`,
    `{"password":":${WORD}"}`,
    `password=:${WORD}12`,
    `{"password":"#{${WORD}"}`,
    `password=#{${SECRET}`,
    `passphrase=%(${SECRET}`,
    `{"password":"%(${SECRET})!"}`,
    `secret=default-token-${SECRET}`,
    `secret=ref+${SECRET}`,
    `PASS: ${SECRET}`,
    `PASS: a/${SECRET}`,
    `PASS: a/${SECRET}==.c`,
    `USER: bob PASS: tests/${WORD}2.sh`,
    `auth: ${SECRET} connected`,
    `token: Token${SECRET};`,
    `GET /x?key=home_page_${SECRET} 200`,
    `password: \${DB_PASSWORD:-${SECRET}}`,
  ])("in text: %s", (text) => {
    const safe = redactor.text(text);
    expect(safe).not.toContain(text.includes(SECRET) ? SECRET : WORD);
    expect(redactor.text(safe)).toBe(safe);
  });

  test("a year behind the sign of a variable", () => {
    expect(redactor.text('{"password":"$1999"}')).not.toContain("1999");
  });

  test("in a structure", () => {
    const attributes = { pin: 1234, pass: "1042", otp: 123_456, password: "!!", token: "a" };
    const { line } = writer.write({ attributes }, 9);
    expect(line.match(/\[redacted:key\]/g)).toHaveLength(5);
  });

  test.each<object>([
    { user: "bob", pass: 493_817 },
    { pass: 493_817, fail: "no" },
    { pass: 493_817, failover: 2 },
    { total: 3, pass: 4938 },
  ])("a number under `pass` that counts nothing, alike in a structure and in text: %j", (attributes) => {
    const { pass } = attributes as { pass: number };
    expect(writer.write({ attributes: { ...attributes } }, 9).line).not.toContain(`${pass}`);
    expect(writer.write({ attributes: { map: new Map(Object.entries(attributes)) } }, 9).line).not.toContain(`${pass}`);
    expect(redactor.text(JSON.stringify(attributes))).not.toContain(`${pass}`);
  });

  test("of a default in a shell the sign before it stays", () => {
    expect(redactor.text(`\${DB_PASSWORD:-${SECRET}}`)).toBe("${DB_PASSWORD:-[redacted:key-value]}");
  });
});

describe("under a name of one's own everything is a secret but nothing", () => {
  const keys = ["hiv_status", "pass"];

  test.each([true, false, 7, 0, "}", 493_817])("%j", (value) => {
    const attributes = { hiv_status: value, pass: value, fail: 3, patient: { hiv_status: value } };
    const { line } = createWriter({ redactor: createRedactor({ keys }) }).write({ attributes }, 9);
    expect(JSON.parse(line)).toMatchObject({
      attributes: {
        hiv_status: "[redacted:key]",
        pass: "[redacted:key]",
        fail: 3,
        patient: { hiv_status: "[redacted:key]" },
      },
    });
  });

  test("null and an empty text stay", () => {
    const attributes = { hiv_status: null, pass: "" };
    const { line } = createWriter({ redactor: createRedactor({ keys }) }).write({ attributes }, 9);
    expect(JSON.parse(line)).toMatchObject({ attributes });
  });

  test("its action holds for truth values, so that they can be told apart", () => {
    const redact = createRedactor({ keys, actions: { key: "hash" }, hashKey: "k".repeat(32) });
    const [yes, no] = [true, false].map(
      (value) => createWriter({ redactor: redact }).write({ attributes: { hiv_status: value } }, 9).line,
    );
    expect(yes).toContain("[hashed:key:");
    expect(no).toContain("[hashed:key:");
    expect(yes).not.toBe(no);
  });

  test("a name that is allowed is none", () => {
    expect(createRedactor({ keys, allowKeys: ["hiv_status"] }).key("hiv_status").rule).toBeUndefined();
  });
});
