import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { nameTokens } from "../../src/redact/name-tokens.ts";

const byDefault = createRedactor();
const isSecret = (name: string, redactor = byDefault): boolean => redactor.key(name).rule !== undefined;

describe("a name is split into words", () => {
  test.each([
    ["apiKey", "api key"],
    ["API_KEY", "api key"],
    ["x-api-key", "x api key"],
    ["user.apiKey", "user api key"],
    ["userAPIKey2", "user api key"],
    ["APIKeys", "api keys"],
    ["oauth2_token", "oauth token"],
    ["XMLHttpRequest", "xml http request"],
    ["userIDs", "user ids"],
    ["keyboard", "keyboard"],
    ["", ""],
    ["42", ""],
    ["__proto__", "proto"],
  ])("%s", (name, words) => {
    expect(nameTokens(name).join(" ")).toBe(words);
  });

  test("by its end when it is long", () => {
    expect(nameTokens(`${"x".repeat(5000)}.password`).at(-1)).toBe("password");
  });
});

describe("a secret's name", () => {
  test.each(
    (
      "apiKey API_KEY x-api-key user.apiKey apikey ApiKey APIKEY api.key password PASSWORD passwd pwd db_password dbPassword DBPASSWORD " +
      "MYSQL_PWD PGPASSWORD userPassword2 password_hash passphrase pass db_pass smtpPass secret client_secret clientSecret secretKey " +
      "NEXT_AUTH_SECRET secret_id token authToken access_token refreshToken id_token csrfToken XSRF-TOKEN password_reset_token " +
      "accessTokens api_tokens aws_secret_access_key AWS_SESSION_TOKEN privateKey ssh_key signing-key encryptionKey AccountKey SharedAccessKey " +
      "authorization Authorization proxy-authorization http.request.header.authorization cookie Set-Cookie cookies credentials creds auth " +
      "_auth x-auth sessionId session_id PHPSESSID JSESSIONID connect.sid jwt pin otp totp_secret cvv cvc2 cardNumber card_number credit_card " +
      "ssn iban mnemonic seed_phrase connectionString bearer X-Amz-Security-Token webhook_secret_value user.password.value " +
      "applicationKey DD-APPLICATION-KEY Fastly-Key ENC_KEY privKey unsealKeys recoveryKeys db_pw storepass keypass device_code code_verifier laravel_session"
    ).split(" "),
  )("%s", (name) => {
    expect(isSecret(name)).toBe(true);
  });

  test.each([
    ["a Cyrillic letter", "p\u0430ssword"],
    ["several look-alikes", "\u0440\u0430\u0455\u0455word"],
    ["full-width letters", "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44"],
    ["mathematical letters", "\u{1d5c9}\u{1d5ba}\u{1d5cc}\u{1d5cc}word"],
    ["a zero-width space", "pass\u200bword"],
    ["a soft hyphen and a joiner", "to\u00ad\u200dken"],
    ["a combining mark", "pa\u0301ssword"],
    ["small capitals", "\u1d18\u1d00\ua731\ua731\u1d21\u1d0f\u0280\u1d05"],
    ["raised letters", "\u1d56\u1d43\u02e2\u02e2\u02b7\u1d52\u02b3\u1d48"],
    ["letters in squares", "\u{1f17f}\u{1f170}\u{1f182}\u{1f182}\u{1f186}\u{1f17e}\u{1f181}\u{1f173}"],
    ["a letter of flags", "\u{1f1f5}assword"],
    ["a dotted capital", "AP\u0130_KEY"],
    ["a blank of Braille", "pass\u2800word"],
    ["an accent", "p\u00e1ssword"],
    ["a long s", "pa\u017fsword"],
    ["a right-to-left override", "\u202epassword"],
  ])("with %s", (_, name) => {
    expect(isSecret(name)).toBe(true);
  });
});

describe("any other name", () => {
  test.each(
    (
      "keyboard keyboard.layout monkey donkey turkey tokenizer secretary compass bypass passenger boarding_pass first_pass key keys primaryKey " +
      "foreign_key publicKey keyId partition_key cacheKey tokens tokens_used token_count max_tokens total_tokens tokenCount promptTokens " +
      "gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.token.type token_type tokenType expires_in token_expires_at passwordLength " +
      "password_length password.policy password_changed_at has_password isSecret requiresToken secretName secret_name secret_version " +
      "secret_arn access_key_id api_key_id token_url token_endpoint credentials_provider auth.method authMethod auth_type author authority " +
      "cookie_consent cookie_domain nextToken page_token next_page_token session session.id pinned spinner opinion option code status_code " +
      "cards discard carding user.id user.email http.request.method url.full enduser.id k8s.pod.name messaging.kafka.message.key token.ts"
    ).split(" "),
  )("%s is none", (name) => {
    expect(isSecret(name)).toBe(false);
  });
});

describe("names of one's own", () => {
  test("match in any spelling and as a part of others", () => {
    const redactor = createRedactor({ keys: ["sessionRef", "x-tenant"] });
    for (const name of ["sessionRef", "session_ref", "user.SessionRef", "SESSIONREF", "session-ref-2", "X_TENANT"]) {
      expect(isSecret(name, redactor), name).toBe(true);
    }
    for (const name of ["session", "ref", "sessionReference", "tenant", "password_length"])
      expect(isSecret(name, redactor), name).toBe(false);
  });

  test("beat about-words, and what is allowed beats them", () => {
    const redactor = createRedactor({ keys: ["token_type"], allowKeys: ["apiKey", "token_type"] });
    expect(isSecret("tokenType", redactor)).toBe(false);
    expect(isSecret("api_key", redactor)).toBe(false);
    expect(isSecret("user.api_key", redactor)).toBe(true);
    expect(isSecret("tokenType", createRedactor({ keys: ["token_type"] }))).toBe(true);
  });
});

describe("a verdict", () => {
  test("is the same object for the same name", () => {
    const redactor = createRedactor();
    expect(redactor.key("password")).toBe(redactor.key("password"));
    expect(redactor.key('a"b').name).toBe('a"b');
  });

  test("hides a secret in the name, which is not kept", () => {
    const redactor = createRedactor();
    const secret = `ghp_${"a1B2".repeat(9)}`;
    const verdict = redactor.key(secret);
    expect(verdict).toEqual({ name: "[redacted:github-token]", rule: undefined });
    expect(redactor.key(secret)).not.toBe(verdict);
  });

  test("does not go wrong when there are more names than are kept", () => {
    const redactor = createRedactor();
    for (let i = 0; i < 10_000; i++)
      redactor.key(`name${String.fromCharCode(97 + (i % 26), 97 + ((i / 26) % 26), 97 + i / 676)}`);
    expect(isSecret("password", redactor)).toBe(true);
    expect(isSecret("keyboard", redactor)).toBe(false);
  });
});
