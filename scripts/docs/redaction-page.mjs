import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { markdownTable } from "./markdown-table.mjs";

/** Each has a test that shows it: packages/core/test/redact/not-known.test.ts. */
const NOT_KNOWN = [
  "a secret whose name says nothing and whose value has no form of its own: a bare password in a sentence, a random number or word",
  "a value whose name stands apart from it: in a table's head (CSV), among the columns of an SQL statement, by its place alone (`.pgpass`), or in another event",
  "a secret that is cut into pieces, or put together from several values",
  "a token of a vendor without a fixed beginning or mark (those of Datadog, Okta, Discord, Twitter and others, 32, 40 or 64 characters of hexadecimal) under a name that says nothing",
  "under such a name also a token whose beginning or mark ordinary text has as well: `s.` and 24 letters and digits (HashiCorp Vault until 1.9), as code names the property of an object; `su` (Sumo Logic), `b_` (Beamer); `YC` (static keys of Yandex Cloud), ten or 22 times `A` (long-lived tokens of Dropbox, bearer tokens of Twitter), as images in base64 have them; a number, `|` and 27 signs (Facebook's for an application), as lines in columns have them; hexadecimal in pieces of 32, 8 and 8 (Mailgun's for signing)",
  "the values of a Kubernetes secret under names that say nothing, and headers named `Key`, `X-Key` or `X-Any-Key`",
  "the password of AUTH LOGIN in an event of its own; the user's name behind that command",
  "base64 or hexadecimal inside other text, unless a name such as `password` or the mark of a token stands in what it encodes; of a user and a password that is a plain word or a number base64 anywhere",
  "in a structure, a value beside a name that stands under `id` or `title`, or under `type` when that is not `password`: these name kinds and things as well; or beside a name that a getter gives after the value",
  "compressed or encrypted text",
  "octal escapes (`p\\141ssword`), entities without a semicolon, letters set apart by blanks, a plus sign for a blank in prose",
  "an argument that only the command makes a password: `mysql -pX`, `sshpass -p X`",
  "`user:password@host` without a scheme, and a user's name of less than 20 characters that is a token",
  "the private numbers of a JSON Web Key under no name such as `jwk` or `privateKey`; keys as bytes (DER, PKCS #12)",
  "in a structure, parameters of an address (`sig`, `code`) that are no `URLSearchParams`",
  "card numbers in groups that other signs than blanks and hyphens part; a card number that is given as a `DoubleValue`",
  "a password without quotes that is written like source code and is no parameter of an address, a form or a connection string: `password=abc(def`, `password=Winter(2024)`, `password=a.b=c`, `password=x)`, one that begins with `()`",
  "a value that is an amount under a name that settings have too: `secret=1234mb`",
  "a password that is written like a variable named after one (`password=$mySecret`), and a plain word behind a colon at the end of a path (`/auth/token:word`)",
  "in a structure, a truth value or one sign under a built-in name, and under `pass` a number below 1000 or beside one of `fail`, `failed`, `failures`, `skipped`; in text also what is shorter than four signs under a short name (`pass=123`)",
  "in text, under a name of your own too: a word that says something of a value (`true`, `none`, `expired`), one that only letters and a dollar sign make (`$word`), a number of two digits behind one (`$12`), `:word` of three letters or with the name of a secret (`:password`), `@word` alike, `?12`",
  "what begins like an expression: `${…`, `$(…`, `{{…`, and with their ends `#{…}`, `%(…)s`",
  "a path behind `PASS:` at the beginning of a line (`PASS: winter/horse`), a user's name behind `Auth:` with a small letter behind it (`Auth: user42 connected`)",
  "lines of a here-document (`password = <<EOF`), a header whose value stands in the next line, a comment between a name and its sign",
  "a plain word as a password in prose: `the password is correcthorse`",
  "personal data as long as its group is off (`email`, `ip`, `phone`, `national-id`); names, addresses and dates of birth always",
];

/**
 * `docs/reference/redaction.md`: what is known for a secret without being told.
 *
 * @param {string} root
 */
export async function renderRedactionPage(root) {
  const load = (file) => import(pathToFileURL(resolve(root, "packages/core/dist/redact", file)).href);
  const [{ BUILT_IN_DETECTORS }, { DETECTOR_GROUPS }, { SECRET_NAMES, SECRET_ENDINGS }] = await Promise.all([
    load("create-redactor.js"),
    load("default-detectors.js"),
    load("secret-names.js"),
  ]);
  const groups = Object.entries(DETECTOR_GROUPS).flatMap(([group, { on, description }]) => [
    `### \`${group}\`, ${on ? "on" : "off"} by default: ${description}`,
    markdownTable(
      ["detector", "what it finds"],
      BUILT_IN_DETECTORS.filter((detector) => detector.group === group).map((detector) => [
        `\`${detector.id}\``,
        detector.description,
      ]),
    ),
  ]);
  const words = (list) => list.map((word) => `\`${word}\``).join(" ");
  return `${[
    "<!-- Generated by `npm run docs` from the rules in packages/core/src/redact. Edit those, not this page. -->",
    "# Redaction",
    "A secret is known by the name of its property, or by its form wherever text stands: bodies, attributes at any depth, messages, stack traces, " +
      "addresses, JSON inside strings. Allowing beats redacting. What is found in an event is replaced by a label that names the rule, and counted " +
      "by rule in `telemetry.report().redacted`.",
    markdownTable(
      ["action", "what is written"],
      [
        ["`redact` (the default)", "`[redacted:jwt]`"],
        ["`mask`", "`[masked:payment-card:4242]`: the last four of at least twelve"],
        ["`hash`", "`[hashed:key:…]`: a keyed HMAC-SHA-256, the same for the same value; needs `redact.hashKey`"],
        ["`remove`", "nothing: the entry is left out; in the middle of a text, `[removed]`"],
      ],
    ),
    "## By name",
    "A name is split into words at case, `-`, `_` and `.`, and compared by whole words: `apikey` covers `apiKey`, `API_KEY` and `user.x-api-key`; " +
      "`keyboard` and `tokenizer` are words of their own. Names about a secret (`token_count`, `password.length`) are none. Names of your own may be of any script that Unicode has in its first plane, in two letters or more: one of a single sign (`密`), or of letters beyond that plane (Adlam), is refused. The rule's id is `key`.",
    words(SECRET_NAMES),
    "An unbroken word that ends in one of these is a secret's name as well:",
    words(SECRET_ENDINGS),
    "## By form",
    "`redact.detectors` switches a detector or a whole group, `redact.actions` says what becomes of what it finds.",
    ...groups,
    "## By what stands beside it",
    "A value may be named by a text instead of a property. These are known in structures and in text (JSON at any depth of quoting, what `util.inspect` shows):",
    markdownTable(
      ["shape", "example"],
      [
        ["names and values in turn", '`rawHeaders`: `["X-Api-Key", "…"]`'],
        ["entries", '`Object.entries(x)`, `[...headers]`: `[["password", "…"]]`'],
        [
          "a name and a value in one object, in any order",
          '`{ name: "password", value: "…" }`; also `key`, `field`, `header`, `label` …, and `val`, `content`, `old`, `new`, `stringValue` …',
        ],
        [
          "the path of a field, as validators and JSON Patch say it",
          '`{ path: "/user/password", value: "…" }`; also `instancePath`, `dataPath`, `loc` (a list), and `input`, `rejectedValue`',
        ],
        ["an option and its argument", '`["--password", "…"]`'],
        ["a scheme and its credentials", '`["Bearer", "…"]`'],
      ],
    ),
    'In two levels, `{ api: { key: "…" } }` is known for what `apiKey` is; `storage.key` and its like are not. In text, the lines below a name (YAML), markup ' +
      '(`<property name="password">…</property>`, elements with attributes, CDATA), tuples, calls (`setPassword("…")`), and what Node shows of lists, sets and maps ' +
      "count too; an object or array under a secret's name that is cut off is taken out to its end. Source code stays: `{password:e.target.value}`, `token=getToken()`.",
    'A list of names (`["user", "password", "email"]`) is no such list and stays: outside of entries and headers the value must look like a secret.',
    "## In disguise",
    "Percent encoding (also doubled), escapes of JSON and JavaScript (at any depth), HTML entities, look-alike letters, digits of other scripts, blanks that do not break, and invisible characters are read as what they " +
      "stand for, in text and in names; the colours of terminals, and the zeros of wide text that was read as bytes, as if they were not there. Bytes are read as UTF-8 or UTF-16; a list of character codes as the text that it spells. Base64 is decoded where a value is " +
      "nothing else, and where its beginning says what it is (`encoded`).",
    "## What is allowed",
    markdownTable(
      ["option", "what it lifts", "the trust it takes"],
      [
        [
          "`redact.allow`",
          "everything for the value at a path, its text included: `user.id`, `*` for one name. The items of a list are at the path of the list; what has names below it is asked for by its own path",
          "whoever decides what stands at that path writes it unredacted: never allow a path that is filled from a request",
        ],
        [
          "`redact.allowKeys`",
          "the rule of a name, wherever it stands; what is written under it is still searched",
          "the name is no secret's in any part of the service",
        ],
        ["`redact.allowValues`", "exactly these texts, wherever they are found", "the text itself is in the config"],
      ],
    ),
    "There is no switch that turns redaction off as a whole: [why](../decisions/0010-redaction-has-no-main-switch.md).",
    "## What is not known",
    "Kinds that are knowingly not caught, with the rules as they are by default:",
    NOT_KNOWN.map((kind) => `- ${kind}`).join("\n"),
    "Give a name in `redact.keys`, a form in `redact.patterns`, or a detector of your own in `redact.extraDetectors`. " +
      "`plumbline redact --explain` shows what is found in text that you have, `plumbline verify --secrets` what is left in files that exist (`plumbline verify` looks for it too, beside all else).",
  ].join("\n\n")}\n`;
}
