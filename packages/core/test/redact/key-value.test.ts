import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";

const SECRET = "hunter2";
const redactor = createRedactor();

describe("a value under a secret's name in text is found", () => {
  test.each([
    // JSON, at any depth of quoting.
    `{"password":"${SECRET}"}`,
    `{"a":{"db_password" : "${SECRET}"}}`,
    `{\\"password\\":\\"${SECRET}\\"}`,
    `{\\\\\\"password\\\\\\":\\\\\\"${SECRET}\\\\\\"}`,
    `{"password":{"value":"${SECRET}"}}`,
    `{"secrets":["${SECRET}",["${SECRET}"]],"a":1}`,
    `{"credentials":{"a":"}","b":["${SECRET}"]}}`,
    `{"password":"a \\" ${SECRET}"}`,
    `{"password":"${SECRET}`,
    `{"name":"password","value":"${SECRET}"}`,
    // Other notations.
    `{'password': '${SECRET}'}`,
    `{u'password': u'${SECRET}', 'secret': b'${SECRET}'}`,
    `"password"=>"${SECRET}"`,
    `:password => "${SECRET}"`,
    `[password] => ${SECRET}`,
    `user[password]=${SECRET}`,
    `password[0]=${SECRET}`,
    `{Password:${SECRET} User:bob}`,
    `User(password=${SECRET}, name=x)`,
    `<password>${SECRET}</password>`,
    `<ns:password>${SECRET}</ns:password>`,
    `<add key="Password" value="${SECRET}"/>`,
    `- name: DB_PASSWORD\n  value: ${SECRET}`,
    `secret: |\n  ${SECRET}\n  more\nnext: 1`,
    // Assignments, prose, headers.
    `password=${SECRET}`,
    `password = ${SECRET}`,
    `password := "${SECRET}"`,
    `password: ${SECRET}`,
    `(token: ${SECRET})`,
    `token: ${SECRET}.`,
    `API key: ${SECRET}`,
    `X-Api-Key: ${SECRET}\r\nHost: example.org`,
    `the password is ${SECRET}`,
    `export API_KEY=${SECRET}; run`,
    `password='it''s ${SECRET}'`,
    `password="my ${SECRET} word"`,
    // Options.
    `run --password ${SECRET}`,
    `run --password "${SECRET}"`,
    `run --db-token=${SECRET} -v`,
    `ALTER USER bob WITH PASSWORD '${SECRET}'`,
    // Forms, query strings, connection strings.
    `user=a&password=${SECRET}&b=c`,
    `https://example.org/?token=${SECRET}#a`,
    `https://example.org/#access_token=${SECRET}&a=b`,
    `Server=db;Password=a;b,${SECRET};Encrypt=1`,
    // Escapes and look-alikes.
    `password%3D${SECRET}%26b%3Dc`,
    `pass%77ord=${SECRET}`,
    `p%2561ssword=${SECRET}`,
    `%22password%22%3A%22${SECRET}%22`,
    `{"\\u0070assword":"${SECRET}"}`,
    `{\\"pass\\\\u0077ord\\":\\"${SECRET}\\"}`,
    `\\x22password\\x22:\\x22${SECRET}\\x22`,
    `&quot;password&quot;:&quot;${SECRET}&quot;`,
    `&#34;password&#x22;:&#34;${SECRET}&#34;`,
    `{"p\u0430ssword":"${SECRET}"}`,
    `pass\u200bword=${SECRET}`,
    `\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44=${SECRET}`,
    `https:\\/\\/bob:${SECRET}@example.org\\/a`,
    `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${SECRET} x\r\n--b--`,
    `{"password":\n    "${SECRET}"}`,
    `<input name="password" value="${SECRET}">`,
    `//registry.example.org/:_authToken=${SECRET}`,
    `password\uff1a${SECRET}`,
    `pw=${SECRET}`,
    // Three quotes, and what was cut off.
    `password = """\n${SECRET}\n"""`,
    `password = """\n${SECRET}`,
    `password = '''\r\n  ${SECRET}\r\nmore`,
    // What only looks redacted.
    `password=[redacted:key]${SECRET}`,
    `password="[redacted:key]${SECRET}"`,
    `password=[redacted:${SECRET}]`,
    `password=***${SECRET}`,
  ])("%s", (text) => {
    const redacted = redactor.text(text);
    expect(redacted).not.toContain(SECRET);
    expect(redactor.text(redacted)).toBe(redacted);
  });

  test("and nothing else is taken", () => {
    expect(redactor.text(`user=bob&password=${SECRET}&page=2`)).toBe("user=bob&password=[redacted:key-value]&page=2");
    expect(redactor.text(`{"a":1,"password":"${SECRET}","b":[2]}`)).toBe(
      '{"a":1,"password":"[redacted:key-value]","b":[2]}',
    );
    expect(redactor.text(`Server=db;Pwd=${SECRET};Encrypt=true`)).toBe(
      "Server=db;Pwd=[redacted:key-value];Encrypt=true",
    );
    expect(redactor.text(`a password=${SECRET}, then more`)).toBe("a password=[redacted:key-value], then more");
  });

  test("and JSON stays JSON", () => {
    const text = JSON.stringify({
      pin: 1234,
      secret: { a: [1] },
      token: ["x"],
      n: 1,
      inner: JSON.stringify({ otp: 482913, m: 2 }),
    });
    const parsed: unknown = JSON.parse(redactor.text(text));
    expect(parsed).toMatchObject({
      pin: "[redacted:key-value]",
      secret: "[redacted:key-value]",
      token: "[redacted:key-value]",
      n: 1,
    });
    expect(parsed).toHaveProperty("inner", JSON.stringify({ otp: "[redacted:key-value]", m: 2 }));
  });
});

test("a plain word at the end of a line is a password's value alone", () => {
  expect(redactor.text("password: correcthorse")).toBe("password: [redacted:key-value]");
  expect(redactor.text("api token: correcthorse")).toBe("api token: correcthorse");
});

test("a card number in JSON is replaced by a text, so that JSON stays JSON", () => {
  const card = Number(["4111", "1111", "1111", "1111"].join(""));
  const label = "[redacted:payment-card]";
  expect(JSON.parse(redactor.text(JSON.stringify({ pan: card, list: [card, 1], n: 2 })))).toEqual({
    pan: label,
    list: [label, 1],
    n: 2,
  });
  const nested = JSON.stringify({ body: JSON.stringify({ pan: card }) });
  expect(JSON.parse(redactor.text(nested))).toEqual({ body: JSON.stringify({ pan: label }) });
  expect(redactor.text(`paid with ${card}, thanks`)).toBe(`paid with ${label}, thanks`);
});

describe("what only looks like source code, an amount or a word of a language is found", () => {
  test.each([
    ["grant_type=password&username=bob&password=Pass(word)99", "word)99"],
    ["password=Pass(word)&username=bob", "Pass(word"],
    ["https://example.org/?token=abcdefgh.ijklmnop=&x=1", "ijklmnop"],
    ["token=abcdefgh.ijklmnop==", "ijklmnop"],
    ["Server=db;User Id=sa;Password=Win(ter2024);Encrypt=true", "ter2024"],
    ["Server=db; Password=Win(ter2024); Encrypt=true", "ter2024"],
    ["Password=Win(ter2024);User Id=sa", "ter2024"],
    ["DB_PASSWORD=Sommer(2024)!", "Sommer"],
    ["DB_PASSWORD=Sommer(nacht)@9", "Sommer"],
    ["user=a&password={Sommernacht&x=1", "Sommernacht"],
    ["password={Sommernacht", "Sommernacht"],
    ["password=[Winternacht", "Winternacht"],
    ["password=[Winternacht next=1", "Winternacht"],
    ["password=[x9Winternacht!", "Winternacht"],
    ["password=x)9hunter2", "9hunter2"],
    ["password=a}bcdefgh9", "bcdefgh9"],
    ["password=!a.b", "!a.b"],
    ["user=bob;password=!a.b;x=1", "!a.b"],
    ["secret=1234ab", "1234ab"],
    ["client_secret=99zz", "99zz"],
    ["cookie_secret=5ab", "5ab"],
    ["api_key=1234ab", "1234ab"],
    ["Pwd=x;Server=y", "=x;"],
    ["password=x;Database=y", "=x;"],
    ["password=function", "function"],
    ["password=break", "break"],
    ["password=this", "this"],
    ["password=new", "new"],
    ["password=return", "return"],
    ["user=bob;password=break;x=1", "break"],
    ["password=arn:awsome9Zq7hunter", "hunter"],
    ['{"password":"arn:aws-hunter2x9Q"}', "hunter"],
    ['{"password":"arn:awshunter:s3:::x"}', "hunter"],
    ["password=arn:aws:hunter2x9", "hunter"],
    ["password=arn:aws::hunter2x9", "hunter"],
    ["password=arn:aws-a-longer-partition:hunter2x9:", "hunter"],
  ])("%s", (text, secret) => {
    const redacted = redactor.text(text);
    expect(redacted).not.toContain(secret);
    expect(redactor.text(redacted)).toBe(redacted);
  });
});

describe("what stands under a secret's name but is none stays", () => {
  test.each([
    "password must have 8 characters",
    "Token expired",
    "token: expired",
    "password: required",
    "auth: ok, session: opened",
    "SyntaxError: Unexpected token < in JSON at position 0",
    "Unexpected token = in JSON",
    "Invalid token: unexpected end of input",
    "error reading secret: DATABASE_CREDENTIALS",
    "secret: practice every day",
    "password=",
    'password=""',
    '{"password":null,"token":"","secret":true}',
    "password=${DB_PASSWORD} token=$TOKEN key=%KEY%",
    "password={{ vault }} secret=<secret>",
    "password: ********, token: [REDACTED]",
    "max_tokens=4096 token_count=12 keyboard=qwerty",
    "PWD=/srv/app OLDPWD=/",
    "at Token.parse (/app/token.ts:10:5)",
    "com.example.Secret(Secret.java:55)",
    "sessionid: 0x14ede63a5a70002",
    "pass=12 fail=3 pin=4",
    "code=404&key=users&sig=none",
    'the log said "the token=","x":"y"',
    "the password is required",
    "private key: loaded",
    "session key: negotiated",
    "password: accepted",
    "token: acquired",
    "run --token-file /etc/token",
    // Source code.
    "const token=getToken(user, 3)!==null",
    "login({password:t.value(),token:e})",
    "e.password=f(t),e.token=g(t)",
    'case"token":return l(e.token,t);case"password":break;default:x()',
    "const secret=await load(name)",
    "const token = new Token(a, b)",
    "t.password=void 0,t.token=typeof e",
    "if((token=e)||n)return",
    "type User { tokens: [Token!]! }",
    "e={password:!t.ready,token:[e,t],secret:{...e}}",
    "credentials=[none given]",
    "token=5m secret=10MB key_secret=1Gi",
    "password=arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf",
    '{"secret":"arn:aws-us-gov:iam::123456789012:role/shop","token":"arn:aws-cn:s3:::bucket"}',
    'secret = "arn:aws-iso-b:kms:us-isob-east-1:123456789012:key/1" next',
  ])("%s", (text) => {
    expect(redactor.text(text)).toBe(text);
  });
});

test("quotes without an end are read, however many", () => {
  for (const quote of ['"', "'", "`"]) {
    expect(redactor.text(`password=${quote.repeat(200_001)}`).length).toBeLessThanOrEqual(200_010);
    expect(redactor.text(`password=${quote.repeat(200_001)}${SECRET}`)).not.toContain(SECRET);
  }
});

test("a name of one's own is looked for in text too", () => {
  const own = createRedactor({ keys: ["sessionRef"] });
  expect(own.text("session_ref=abc x=1")).toBe("session_ref=[redacted:key-value] x=1");
  expect(own.text('{"sessionRef":"abc"}')).toBe('{"sessionRef":"[redacted:key-value]"}');
  expect(redactor.text("session_ref=abc")).toBe("session_ref=abc");
});

test("an allowed name is left alone in text too", () => {
  const own = createRedactor({ allowKeys: ["password"] });
  expect(own.text(`password=${SECRET} token=${SECRET}`)).toBe(`password=${SECRET} token=[redacted:key-value]`);
});
