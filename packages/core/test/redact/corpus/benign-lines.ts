import { ALNUM, BASE64, DIGITS, HEX, LOWER, SeededRandom, UPPER } from "./random.ts";

type Line = (random: SeededRandom) => string;

const uuid = (r: SeededRandom): string => [8, 4, 4, 4, 12].map((length) => r.text(HEX, length)).join("-");
const word = (r: SeededRandom): string => r.text(LOWER, 3 + r.below(7));
const number = (r: SeededRandom, length: number): string => `${1 + r.below(9)}${r.text(DIGITS, length - 1)}`;
const time = (r: SeededRandom): string =>
  `2026-${String(1 + r.below(12)).padStart(2, "0")}-${String(1 + r.below(28)).padStart(2, "0")}T${String(r.below(24)).padStart(2, "0")}:0${r.below(10)}:${10 + r.below(50)}.${r.text(DIGITS, 3)}Z`;
const version = (r: SeededRandom): string => `${r.below(20)}.${r.below(40)}.${r.below(100)}`;
const ip = (r: SeededRandom): string => `10.${r.below(256)}.${r.below(256)}.${r.below(256)}`;
const path = (r: SeededRandom): string => `/${word(r)}/${word(r)}/${word(r)}`;

/** Lines as services write them, none with a secret in it. The words that secrets' names are made of occur in plenty. */
const LINES: readonly Line[] = [
  // Identifiers and numbers.
  (r) => `order ${number(r, 10)} placed by customer ${number(r, 6)}, total ${r.below(900)}.${r.text(DIGITS, 2)} EUR`,
  (r) => `trace_id=${r.text(HEX, 32)} span_id=${r.text(HEX, 16)} duration_ms=${r.below(5000)}`,
  (r) => `request ${uuid(r)} finished with ${200 + r.below(300)} in ${r.below(900)}ms`,
  (r) => `commit ${r.text(HEX, 40)} by bob: fix ${word(r)}`,
  (r) => `image sha256:${r.text(HEX, 64)} pulled`,
  (r) => `etag="${r.text(HEX, 32)}" size=${number(r, 7)}`,
  (r) => `tracking number ${number(r, 14)} handed to the carrier`,
  (r) => `invoice ${number(r, 4)}-${number(r, 6)} of ${time(r).slice(0, 10)}`,
  (r) => `epoch ${number(r, 13)} offset ${number(r, 12)} partition ${r.below(12)}`,
  (r) => `0x${r.text(HEX, 16)} mapped at 0x${r.text(HEX, 12)}`,
  (r) => `isbn 978-${r.below(9)}-${number(r, 4)}-${number(r, 4)}-${r.below(10)}`,
  (r) => `ratio 0.${r.text(DIGITS, 16)} after ${number(r, 5)} steps`,
  (r) => `position ${r.below(90)}.${r.text(DIGITS, 12)},${r.below(180)}.${r.text(DIGITS, 12)}`,
  (r) => `phone extension ${number(r, 4)}, room ${number(r, 3)}`,
  (r) => `snapshot ${number(r, 8)}_${number(r, 6)} has ${number(r, 9)} rows`,
  (r) => `zookeeper sessionid: 0x${r.text(HEX, 15)} closed`,
  (r) => `node ids ${number(r, 4)} ${number(r, 4)} ${number(r, 3)} joined`,
  (r) => `mac 00:1b:44:${r.text(HEX, 2)}:${r.text(HEX, 2)}:${r.text(HEX, 2)} up`,
  // Words of secrets' names before blanks, arrows and bars.
  (r) => `password ${word(r)} of field${r.below(9)} rejected`,
  (r) => `Failed password for invalid user ${word(r)}${r.below(99)} from ${ip(r)} port ${number(r, 5)}`,
  (r) => `password v${version(r)} policy applied`,
  (r) => `token -> ${word(r)}`,
  (r) => `| password | ${word(r)} | ${r.below(90)} |`,
  (r) => `“${word(r)}” said “${word(r)}”`,
  (r) => `payload ${Buffer.from(`${word(r)} ${word(r)} password ${word(r)}`).toString("base64")} queued`,
  (r) => `bytes ${Buffer.from(`${word(r)} token ${word(r)}`).toString("hex")}`,
  // Versions, packages, files.
  (r) => `node v${version(r)} npm ${version(r)} on linux x64`,
  (r) => `upgraded ${word(r)}@${version(r)} to ${version(r)}-rc.${r.below(9)}`,
  (r) =>
    `resolved https://registry.example.org/${word(r)}/-/${word(r)}-${version(r)}.tgz integrity sha512-${r.text(BASE64, 86)}==`,
  (r) =>
    `GET ${path(r)}?page=${r.below(9)}&size=${r.below(90)}&sort=${word(r)} 200 ${r.below(9000)} "-" "Mozilla/5.0 (X11; Linux x86_64)"`,
  (r) => `${ip(r)} - - [${time(r)}] "POST ${path(r)} HTTP/1.1" 201 ${r.below(9000)}`,
  (r) => `data:image/png;base64,iVBORw0KGgo${r.text(BASE64, 160)}=`,
  (r) => `<img src="data:image/gif;base64,R0lGOD${r.text(BASE64, 90)}">`,
  (r) => `wrote ${path(r)}/${word(r)}.${r.pick(["ts", "json", "log", "parquet"])} (${r.below(900)} KiB)`,
  (r) =>
    `    at ${word(r)} (${path(r)}/${r.pick(["token", "auth", "password", "session", "key-store"])}.ts:${r.below(900)}:${r.below(90)})`,
  (r) =>
    `    at async Object.${r.pick(["getToken", "checkPassword", "loadSecret", "refreshCookie"])} (file://${path(r)}/index.js:${r.below(900)}:${r.below(90)})`,
  (r) =>
    `\tat com.example.${r.pick(["TokenFilter", "SecretStore", "PasswordEncoder"])}.apply(${r.pick(["TokenFilter", "SecretStore", "PasswordEncoder"])}.java:${r.below(900)})`,
  (r) => `  File "${path(r)}/${r.pick(["token", "secrets", "credentials"])}.py", line ${r.below(900)}, in ${word(r)}`,
  (r) => `${path(r)}/secret.go:${r.below(900)} +0x${r.text(HEX, 3)}`,
  // Words that secrets' names are made of.
  () => "password must have 8 characters",
  () => "Password must contain at least one digit and one symbol",
  () => "Token expired",
  (r) => `Token expired ${r.below(50)} minutes ago, refreshing`,
  () => "Bearer of bad news: the build is red",
  () => "invalid password",
  (r) => `Failed password for root from ${ip(r)} port ${number(r, 5)} ssh2`,
  (r) => `Accepted publickey for deploy from ${ip(r)} port ${number(r, 5)} ssh2`,
  (r) => `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${ip(r)}`,
  (r) => `sudo: bob : TTY=pts/${r.below(9)} ; PWD=${path(r)} ; USER=root ; COMMAND=/bin/ls`,
  () => "SyntaxError: Unexpected token < in JSON at position 0",
  () => "SyntaxError: Unexpected token: end of input",
  () => "Unexpected token 'export'",
  () => "password reset requested, mail sent",
  () => "reset your password: https://example.org/help/password",
  () => "authentication: failed, method: password",
  () => "The secret: practice every day",
  () => "secret not found: database-credentials",
  () => "cookie consent: accepted",
  () => "auth: ok",
  () => "session: opened for user bob",
  () => "basic authentication is required for this realm",
  () => 'WWW-Authenticate: Bearer realm="api", error="invalid_token"',
  () => "Authorization header is missing",
  () => "authorization: denied for role viewer",
  () => "key: value pairs are parsed in order",
  () => "primary key violation on table orders",
  () => "foreign key constraint fails: orders.customer_id",
  (r) => `cache key=${word(r)}:${number(r, 6)} hit`,
  (r) => `partition key=${uuid(r)} shard=${r.below(64)}`,
  (r) => `kafka key=${word(r)}-${number(r, 4)} topic=${word(r)}`,
  (r) => `keyboard=qwerty layout=${r.pick(["de", "us", "fr"])}`,
  (r) => `monkey=${r.below(9)} donkey=${r.below(9)} turkey=${r.below(9)}`,
  () => "secretary=Alice approved the request",
  (r) => `tokenizer=cl100k tokens=${number(r, 4)} max_tokens=4096`,
  (r) => `usage: prompt_tokens=${number(r, 4)} completion_tokens=${number(r, 3)} total_tokens=${number(r, 4)}`,
  (r) =>
    `{"model":"m-1","input_tokens":${number(r, 4)},"output_tokens":${number(r, 3)},"max_tokens":1024,"token_count":${number(r, 4)}}`,
  (r) => `password_length=${8 + r.below(20)} password_policy=strict password_changed_at=${time(r)}`,
  (r) => `{"token_type":"Bearer","expires_in":3600,"token_expires_at":"${time(r)}"}`,
  (r) => `token_endpoint=https://login.example.org/oauth2/token auth_method=client_secret_basic attempts=${r.below(5)}`,
  () => "secret_name=db-main secret_version=AWSCURRENT",
  () => `{"secretName":"tls-cert","keyId":"k-1","publicKey":"see file"}`,
  () => 'password="" token=null secret=undefined apiKey=',
  () => "DB_PASSWORD=${DB_PASSWORD} API_KEY=$API_KEY",
  () => "password: ********, token: [REDACTED], key: <hidden>",
  () => "config: password={{ vault_password }} user=app",
  () => "is_password_set=true has_token=false",
  (r) => `nextToken=${number(r, 3)} page_token=${word(r)}`,
  (r) => `compass=${r.below(360)} bypass=true passenger=${number(r, 3)} boarding_pass=issued`,
  (r) => `tests passed=${r.below(900)} failed=0 pass=${r.below(90)} fail=0`,
  (r) => `pins=${r.below(9)} pin=${r.below(9)} gpio`,
  (r) => `author=${word(r)} authority=${word(r)}.example.org authored_at=${time(r)}`,
  (r) => `code=${r.below(255)} exit code: ${r.below(255)} status code=${200 + r.below(300)}`,
  (r) => `https://example.org/s?key=${word(r)}&code=${200 + r.below(300)}&sig=none`,
  (r) => `card=${word(r)} cards=${r.below(9)} discard=true`,
  // Addresses.
  (r) => `see https://example.org:8443${path(r)}#L${r.below(900)}`,
  (r) => `clone git@example.org:${word(r)}/${word(r)}.git`,
  (r) => `ssh://git@example.org/${word(r)}.git`,
  (r) => `postgres://db.example.org:5432/${word(r)}?sslmode=require`,
  (r) => `connected to redis://cache:6379/${r.below(9)}`,
  (r) => `https://example.org/@${word(r)}/status/${number(r, 18)}`,
  (r) => `npm:@${word(r)}/${word(r)}@${version(r)}`,
  (r) => `mail to ${word(r)}@example.org queued as ${r.text(UPPER + DIGITS, 11)}`,
  // Structures.
  (r) =>
    `{"level":30,"time":${number(r, 13)},"pid":${number(r, 4)},"hostname":"${word(r)}-${r.text(HEX, 10)}-${r.text(LOWER, 5)}","msg":"${word(r)} ${word(r)}"}`,
  (r) =>
    `level=info ts=${time(r)} caller=${word(r)}.go:${r.below(900)} msg="${word(r)} ${word(r)}" took=${r.below(90)}ms`,
  (r) => `pod ${word(r)}-${r.text(HEX, 10)}-${r.text(LOWER, 5)} scheduled on node-${r.below(90)}`,
  (r) => `SELECT id, name FROM ${word(r)} WHERE id = ${number(r, 6)} AND state = '${word(r)}'`,
  (r) => `metric http_requests_total{code="200",method="get"} ${number(r, 6)} ${number(r, 13)}`,
  (r) => `arn:aws:iam::${number(r, 12)}:role/${word(r)}`,
  (r) => `-----BEGIN CERTIFICATE----- ${r.text(BASE64, 64)}`,
  (r) => `ssh-rsa AAAAB3NzaC1yc2E${r.text(BASE64, 120)} bob@laptop`,
  (r) => `class="sk-fading-circle sk-${word(r)}-spinner" id="${word(r)}-${r.text(ALNUM, 8)}"`,
  (r) => `locale de_DE currency EUR account type ${r.pick(["GB", "DE", "FR"])}${r.below(9)} tier ${r.below(9)}`,
  () => "-".repeat(80),
  () => "=".repeat(72),
  () => "Das Paßwort wurde geändert; la clé n’est pas valide; пароль изменён; 密码已更改",
  (r) => `naïve café déjà-vu ${word(r)}: 100 % of ${number(r, 3)} übersetzt`,
  (r) => `C:\\Users\\${word(r)}\\AppData\\Local\\Temp\\${word(r)}.tmp`,
  (r) => `query took 35% longer: /search?q=${word(r)}%20${word(r)}%2C%20${word(r)}`,
];

/** `count` lines, the same for the same seed. */
export function benignLines(count: number, seed: number): string[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const line = LINES[i % LINES.length];
    return line === undefined ? "" : line(random);
  });
}
