import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { createKeyRules } from "../../src/redact/key-rules.ts";
import { keyValueDetector } from "../../src/redact/detectors/key-value.ts";
import { Labels } from "../../src/redact/label.ts";
import { nameTokens } from "../../src/redact/name-tokens.ts";
import { nameAnchors } from "../../src/redact/text-anchors.ts";
import { TextScanner } from "../../src/redact/text-scanner.ts";

const SECRET = "hunter2";
const KEYS = ["пароль", "密码", "clé", "кодДоступа", "パスワード"];
const redactor = createRedactor({ keys: KEYS });

describe("a name of one's own in another script", () => {
  test.each([
    `пароль: ${SECRET}`,
    `ПАРОЛЬ=${SECRET}`,
    `Пароль = ${SECRET}`,
    `пароль\uff1a${SECRET}`,
    `user_пароль=${SECRET}&x=1`,
    `密码=${SECRET}`,
    `密码：${SECRET}`,
    `user-密码: ${SECRET}`,
    `{"密码":"${SECRET}","n":1}`,
    `{\\"пароль\\":\\"${SECRET}\\"}`,
    `<密码>${SECRET}</密码>`,
    `["密码", "${SECRET}x"]`,
    `clé: ${SECRET}`,
    `CLÉ=${SECRET}`,
    `кодДоступа: ${SECRET}`,
    `パスワード=${SECRET}`,
  ])("is found in text: %s", (text) => {
    const safe = redactor.text(text);
    expect(safe).not.toContain(SECRET);
    expect(redactor.text(safe)).toBe(safe);
  });

  test("is one of a property", () => {
    for (const name of [...KEYS, "ПАРОЛЬ", "user_密码", "db.пароль"])
      expect(redactor.key(name).rule, name).toBeDefined();
    for (const name of ["парольный", "号码", "密码学", "пар", "доступа", "код"])
      expect(redactor.key(name).rule, name).toBeUndefined();
  });

  test.each([
    "пароль изменён",
    "密码已更改",
    "密码学=x9 парольный=x9",
    "clés: x9 de la clé",
    "码=x9 пар=x9",
    "größe=12 straße: x9",
  ])("%s stays", (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  test("does not hide the names that are built in", () => {
    for (const text of [`密码password=${SECRET}`, `请输入password=${SECRET}`, `größe_token=${SECRET}`]) {
      expect(redactor.text(text)).not.toContain(SECRET);
      expect(createRedactor().text(text)).not.toContain(SECRET);
    }
  });

  test.each(["\u{1e900}\u{1e901}\u{1e902}", "密", "密1", "x"])("%s is refused, not ignored", (name) => {
    expect(() => createRedactor({ keys: [name] })).toThrow(
      /at least two letters, of scripts in Unicode's first plane/u,
    );
  });

  test("is split where another script begins", () => {
    expect(nameTokens("userПароль密")).toEqual(["user", "пapoлb", "密"]);
    expect(nameTokens("кодДоступа")).toHaveLength(2);
    expect(nameTokens("密码 2 × 3 —、x")).toEqual(["密码", "x"]);
  });

  test("is looked for in steps in proportion to the text", () => {
    const rules = createKeyRules(KEYS, []);
    const scanner = new TextScanner([keyValueDetector(nameAnchors(KEYS), rules)], new Labels(["key-value"], undefined));
    for (const unit of ["密码", "密码=", "пароль", "пароль.", "пароль: ", "x密码 ", "密码：", '"密码":{']) {
      const [one = 0, two = 0] = [2048, 4096].map((length) => {
        scanner.find(unit.repeat(Math.ceil(length / unit.length)).slice(0, length));
        return scanner.steps;
      });
      expect(two, unit).toBeLessThanOrEqual(2.1 * one + 256);
    }
  });
});
