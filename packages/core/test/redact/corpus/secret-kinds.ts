import { ALNUM, BASE58, BASE64, DIGITS, HEX, type SeededRandom, UPPER, URL_SAFE } from "./random.ts";

/** A secret, and the part of it that must not survive. */
export interface PlantedSecret {
  readonly text: string;
  /** Each of these must be gone. */
  readonly secrets: readonly string[];
}

export interface SecretKind {
  readonly kind: string;
  /** Several lines: it stands only where several lines can. */
  readonly multiLine?: boolean;
  readonly make: (random: SeededRandom) => PlantedSecret;
}

function kind(name: string, make: (random: SeededRandom) => string): SecretKind {
  return {
    kind: name,
    make: (random) => {
      const text = make(random);
      return { text, secrets: [text] };
    },
  };
}

/** The secret is a part of the text; the rest may stay. */
function kindWithin(
  name: string,
  make: (random: SeededRandom, secret: string) => string,
  secret = password,
): SecretKind {
  return {
    kind: name,
    make: (random) => {
      const planted = secret(random);
      return { text: make(random, planted), secrets: [planted] };
    },
  };
}

function password(random: SeededRandom): string {
  return (
    random.pick(["Tr0ub4dor", "hunter", "S0mmer", "correct", "letmein"]) +
    random.text(DIGITS, 3) +
    random.pick(["!", "x", "#Q", "_z"])
  );
}

function uuid(random: SeededRandom): string {
  return [8, 4, 4, 4, 12].map((length) => random.text(HEX, length)).join("-");
}

function luhn(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const value = Number(digits.charAt(digits.length - 1 - i)) * (i % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return digits + String((10 - (sum % 10)) % 10);
}

function iban(country: string, account: string): string {
  const digits = Array.from(`${account}${country}00`, (character) =>
    character >= "A" ? String(character.charCodeAt(0) - 55) : character,
  ).join("");
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return country + String(98 - rest).padStart(2, "0") + account;
}

function jwt(random: SeededRandom): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [part({ alg: "HS256", typ: "JWT" }), part({ sub: random.text(DIGITS, 10) }), random.text(URL_SAFE, 43)].join(
    ".",
  );
}

function pem(random: SeededRandom, label: string, end: boolean): PlantedSecret {
  const lines = Array.from({ length: 5 }, () => random.text(BASE64, 64));
  const dashes = "-".repeat(5);
  const text = [`${dashes}BEGIN ${label}${dashes}`, ...lines, ...(end ? [`${dashes}END ${label}${dashes}`] : [])].join(
    "\n",
  );
  return { text, secrets: lines };
}

/** At least 40 kinds, every one made anew from parts. */
export const SECRET_KINDS: readonly SecretKind[] = [
  kind("aws access key", (r) => `AKIA${r.text(`${UPPER}234567`, 16)}`),
  kind("aws temporary key", (r) => `ASIA${r.text(`${UPPER}234567`, 16)}`),
  kind("google api key", (r) => `AIzaSy${r.text(URL_SAFE, 33)}`),
  kind("google client secret", (r) => `GOCSPX-${r.text(URL_SAFE, 28)}`),
  kind("google access token", (r) => `ya29.a0${r.text(URL_SAFE, 80)}`),
  kind("github classic token", (r) => `ghp_${r.text(ALNUM, 36)}`),
  kind("github oauth token", (r) => `gho_${r.text(ALNUM, 36)}`),
  kind("github server token", (r) => `ghs_${r.text(ALNUM, 36)}`),
  kind("github fine-grained token", (r) => `github_pat_${r.text(ALNUM, 22)}_${r.text(ALNUM, 59)}`),
  kind("gitlab token", (r) => `glpat-${r.text(URL_SAFE, 20)}`),
  kind("gitlab runner token", (r) => `glrt-${r.text(URL_SAFE, 20)}`),
  kind("slack bot token", (r) => `xoxb-${r.text(DIGITS, 12)}-${r.text(DIGITS, 12)}-${r.text(ALNUM, 24)}`),
  kind(
    "slack user token",
    (r) => `xoxp-${r.text(DIGITS, 12)}-${r.text(DIGITS, 12)}-${r.text(DIGITS, 12)}-${r.text(HEX, 32)}`,
  ),
  kindWithin(
    "slack webhook",
    (_, secret) => `https://hooks.slack.com/services/${secret}`,
    (r) => `T${r.text(UPPER, 8)}/B${r.text(UPPER, 8)}/${r.text(ALNUM, 24)}`,
  ),
  kind("stripe live key", (r) => `sk_live_${r.text(ALNUM, 24)}`),
  kind("stripe restricted key", (r) => `rk_live_${r.text(ALNUM, 24)}`),
  kind("stripe webhook secret", (r) => `whsec_${r.text(ALNUM, 32)}`),
  kind("npm token", (r) => `npm_${r.text(ALNUM, 36)}`),
  kind("pypi token", (r) => `pypi-AgEIcHlwaS5vcmc${r.text(URL_SAFE, 70)}`),
  kind("anthropic key", (r) => `sk-ant-api03-${r.text(URL_SAFE, 93)}AA`),
  kind("openai project key", (r) => `sk-proj-${r.text(URL_SAFE, 74)}T3BlbkFJ${r.text(URL_SAFE, 74)}`),
  kind("openai legacy key", (r) => `sk-${r.text(ALNUM, 48)}`),
  kind("sendgrid key", (r) => `SG.${r.text(URL_SAFE, 22)}.${r.text(URL_SAFE, 43)}`),
  kind("twilio key", (r) => `SK${r.text(HEX, 32)}`),
  kind("digitalocean token", (r) => `dop_v1_${r.text(HEX, 64)}`),
  kind("shopify token", (r) => `shpat_${r.text(HEX, 32)}`),
  kind("hugging face token", (r) => `hf_${r.text(ALNUM, 34)}`),
  kind("databricks token", (r) => `dapi${r.text(HEX, 32)}`),
  kind("vault token", (r) => `hvs.${r.text(URL_SAFE, 95)}`),
  kind("doppler token", (r) => `dp.pt.${r.text(ALNUM, 43)}`),
  kind("linear key", (r) => `lin_api_${r.text(ALNUM, 40)}`),
  kind("notion token", (r) => `ntn_${r.text(DIGITS, 11)}${r.text(ALNUM, 35)}`),
  kind("telegram bot token", (r) => `${r.text("123456789", 10)}:AA${r.text(URL_SAFE, 33)}`),
  kind("age key", (r) => `AGE-SECRET-KEY-1${r.text("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)}`),
  kind("grafana token", (r) => `glsa_${r.text(ALNUM, 32)}_${r.text(HEX, 8)}`),
  kind("sentry token", (r) => `sntryu_${r.text(HEX, 64)}`),
  kind("postman key", (r) => `PMAK-${r.text(HEX, 24)}-${r.text(HEX, 34)}`),
  kind("azure client secret", (r) => `${r.text(ALNUM, 3)}8Q~${r.text(ALNUM, 34)}`),
  kind("terraform token", (r) => `${r.text(ALNUM, 14)}.atlasv1.${r.text(ALNUM, 67)}`),
  kind("hubspot token", (r) => `pat-na1-${uuid(r)}`),
  kind("supabase key", (r) => `sbp_${r.text(HEX, 40)}`),
  kind("gemini key", (r) => `AQ.Ab8${r.text(URL_SAFE, 46)}x`),
  kind("stripe organization key", (r) => `sk_org_live_${r.text(ALNUM, 180)}`),
  kind("atlassian service account key", (r) => `ATSTT3xFf${r.text(URL_SAFE, 180)}`),
  kind("snyk token", (r) => `snyk_uat.${r.text(HEX, 8)}.${r.text(URL_SAFE, 60)}.${r.text(URL_SAFE, 42)}x`),
  kind("neon password", (r) => `npg_${r.text(ALNUM, 4)}4${r.text(ALNUM, 3)}Q${r.text(ALNUM, 2)}w`),
  kind("extended private key", (r) => `xprv9s21ZrQH143K${r.text(BASE58, 95)}`),
  kind("airtable token", (r) => `pat${r.text(ALNUM, 14)}.${r.text(HEX, 64)}`),
  kind("groq key", (r) => `gsk_${r.text(ALNUM, 52)}`),
  kind("docker token", (r) => `dckr_pat_${r.text(URL_SAFE, 27)}`),
  kind("onepassword secret key", (r) => `A3-${[6, 6, 5, 5, 5, 5].map((n) => r.text(UPPER + DIGITS, n)).join("-")}`),
  kind("bedrock key", (r) => `ABSK${r.text(BASE64, 128)}==`),
  kind("brevo key", (r) => `xkeysib-${r.text(HEX, 64)}-${r.text(ALNUM, 16)}`),
  kind("slack workflow token", (r) => `xwfp-${r.text(DIGITS, 12)}-${r.text(DIGITS, 12)}-${r.text(ALNUM, 24)}`),
  kind("scalingo token", (r) => `tk-us-${r.text(URL_SAFE, 47)}x`),
  kind("mapbox public token", (r) => `pk.eyJ1Ijoi${r.text(ALNUM, 60)}.${r.text(URL_SAFE, 21)}x`),
  kind("jwt", jwt),
  kind("visa card", (r) => luhn(`4${r.text(DIGITS, 14)}`)),
  kind("mastercard in groups", (r) =>
    luhn(`5${r.pick(["1", "3", "5"])}${r.text(DIGITS, 13)}`).replace(/(\d{4})(?=\d)/g, "$1 "),
  ),
  kind("amex card", (r) => luhn(`37${r.text(DIGITS, 12)}`)),
  kind("german iban", (r) => iban("DE", r.text(DIGITS, 18))),
  kind("british iban", (r) => iban("GB", `WEST${r.text(DIGITS, 14)}`)),
  kindWithin(
    "bearer header",
    (_, secret) => `Authorization: Bearer ${secret}`,
    (r) => r.text(URL_SAFE, 40),
  ),
  kindWithin(
    "basic header",
    (_, secret) => `Authorization: Basic ${secret}`,
    (r) => Buffer.from(`bob:${password(r)}`).toString("base64"),
  ),
  kindWithin(
    "bearer alone",
    (_, secret) => `Bearer ${secret}`,
    (r) => r.text(HEX, 40),
  ),
  kindWithin(
    "cookie header",
    (_, secret) => `Cookie: theme=dark; sid=${secret}`,
    (r) => r.text(ALNUM, 26),
  ),
  kindWithin(
    "set-cookie header",
    (_, secret) => `Set-Cookie: sid=${secret}; Path=/; HttpOnly`,
    (r) => r.text(ALNUM, 26),
  ),
  kindWithin("postgres url", (_, secret) => `postgres://app:${secret}@db.example.org:5432/shop`),
  kindWithin("mysql url", (_, secret) => `mysql://root:${secret}@10.0.0.3/shop`),
  kindWithin("mongodb url", (_, secret) => `mongodb+srv://app:${secret}@c0.example.net/shop?retryWrites=true`),
  kindWithin("redis url", (_, secret) => `redis://:${secret}@cache.example.org:6379/0`),
  kindWithin("amqp url", (_, secret) => `amqps://svc:${secret}@mq.example.org/vhost`),
  kindWithin("basic auth url", (_, secret) => `https://bob:${secret}@example.org/a/b?c=d`),
  kindWithin(
    "query token",
    (_, secret) => `https://example.org/cb?access_token=${secret}&state=1`,
    (r) => r.text(URL_SAFE, 32),
  ),
  kindWithin(
    "signed url",
    (_, secret) => `https://s3.example.org/k?X-Amz-Expires=60&X-Amz-Signature=${secret}`,
    (r) => r.text(HEX, 64),
  ),
  kindWithin("jdbc url", (_, secret) => `jdbc:postgresql://db/shop?user=app&password=${secret}`),
  kindWithin("jdbc semicolons", (_, secret) => `jdbc:sqlserver://db:1433;user=sa;password=${secret};encrypt=true`),
  kindWithin("odbc string", (_, secret) => `Driver=ODBC;Server=db;Uid=sa;Pwd=${secret};`),
  kindWithin("ado string", (_, secret) => `Server=tcp:db,1433;User ID=sa;Password=${secret};Encrypt=True;`),
  kindWithin(
    "azure storage string",
    (_, secret) =>
      `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${secret};EndpointSuffix=core.windows.net`,
    (r) => `${r.text(BASE64, 86)}==`,
  ),
  kindWithin(
    "service bus string",
    (_, secret) => `Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${secret}`,
    (r) => `${r.text(BASE64, 43)}=`,
  ),
  kindWithin("assignment", (_, secret) => `DB_PASSWORD=${secret}`),
  kindWithin("yaml", (_, secret) => `db_password: ${secret}`),
  kindWithin(
    "command line",
    (_, secret) => `deploy --api-token ${secret} --verbose`,
    (r) => r.text(ALNUM, 24),
  ),
  kindWithin("form", (_, secret) => `user=bob&password=${secret}&remember=1`),
  kindWithin(
    "aws secret",
    (_, secret) => `aws_secret_access_key = ${secret}`,
    (r) => r.text(BASE64, 40),
  ),
  kindWithin("xml", (_, secret) => `<password>${secret}</password>`),
  { kind: "rsa private key", multiLine: true, make: (r) => pem(r, "RSA PRIVATE KEY", true) },
  { kind: "pkcs8 private key", multiLine: true, make: (r) => pem(r, "PRIVATE KEY", true) },
  {
    kind: "encrypted private key, cut off",
    multiLine: true,
    make: (r) => {
      const { text, secrets } = pem(r, "RSA PRIVATE KEY", false);
      const headers = `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${r.text(HEX, 32)}\n\n`;
      return { text: text.replace("\n", `\n${headers}`), secrets };
    },
  },
  { kind: "openssh private key, cut off", multiLine: true, make: (r) => pem(r, "OPENSSH PRIVATE KEY", false) },
];
