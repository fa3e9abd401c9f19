import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get as getTls } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecureVersion } from "node:tls";
import { hashSync } from "bcryptjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../src/run.ts";
import { BasicAuth } from "../../src/reload/basic-auth.ts";
import { WebProtection } from "../../src/reload/web-protection.ts";
import { recordedConsole } from "../recorded-console.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl) console.warn("skipped: TLS of the pages: there is no openssl to make a certificate with");

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumbline-web-config-"));
  path = join(folder, "web.yml");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
const users = (password: string): string => `basic_auth_users:\n  scraper: ${hashSync(password, 4)}\n`;

describe("users", () => {
  test("have to show their password, and nobody else gets in", async () => {
    const password = ["open", "sesame"].join(" ");
    writeFileSync(path, users(password));
    const protection = await WebProtection.read(path);
    expect(await protection.admits(basic("scraper", password))).toBe(true);
    expect(await protection.admits(basic("scraper", password))).toBe(true); // known by its digest now
    for (const header of [
      undefined,
      "",
      "Bearer x",
      basic("scraper", "other"),
      basic("scraper", ""),
      basic("somebody", password),
      `Basic ${Buffer.from("scraper").toString("base64")}`,
    ])
      expect(await protection.admits(header), header).toBe(false);
  });

  test("a new password counts at once, and the one before it no more", async () => {
    const [first, second] = ["one of old", "one of now"];
    writeFileSync(path, users(first));
    const protection = await WebProtection.read(path);
    expect(await protection.admits(basic("scraper", first))).toBe(true);
    writeFileSync(path, users(second));
    expect(await protection.admits(basic("scraper", first))).toBe(false);
    expect(await protection.admits(basic("scraper", second))).toBe(true);
  });

  test("nobody gets in while the file cannot be used", async () => {
    writeFileSync(path, users("a"));
    const protection = await WebProtection.read(path);
    writeFileSync(path, "basic_auth_users: [");
    await expect(protection.admits(basic("scraper", "a"))).rejects.toMatchObject({ code: "PLB_CLI_RELOAD_WEB_CONFIG" });
  });

  test("who names no user costs as much as who does: the time does not tell names", async () => {
    const hashes: string[] = [];
    const auth = new BasicAuth(async (password, hash) => {
      hashes.push(hash);
      return Promise.resolve(password === "right");
    });
    const known = new Map([["scraper", hashSync("right", 4)]]);
    expect(await auth.admits(basic("scraper", "wrong"), known)).toBe(false);
    expect(await auth.admits(basic("somebody", "wrong"), known)).toBe(false);
    expect(await auth.admits(basic("somebody", "right"), known)).toBe(false);
    expect(hashes).toEqual(Array.from({ length: 3 }, () => known.get("scraper")));
  });

  test("without a file everybody may", async () => {
    expect(await (await WebProtection.read(undefined)).admits(undefined)).toBe(true);
  });
});

test.each([
  ["a: 1", "has the key a"],
  ["- 1", "has the file that is no map"],
  ["a: [", "is not YAML"],
  ["basic_auth_users: { a: plain }", "no bcrypt hash"],
  ["basic_auth_users: 1", "has basic_auth_users that is no map"],
  ["tls_server_config: { cert_file: web.yml }", "needs both cert_file and key_file"],
  ["tls_server_config: { cert_file: gone, key_file: gone }", "gone cannot be read (ENOENT)"],
  [
    "tls_server_config: { cert_file: web.yml, key_file: web.yml, min_version: SSL3 }",
    "min_version that is none of TLS10",
  ],
  [
    "tls_server_config: { cert_file: web.yml, key_file: web.yml, client_auth_type: RequestClientCert }",
    "client_auth_type that is none of",
  ],
  [
    "tls_server_config: { cert_file: web.yml, key_file: web.yml, client_auth_type: RequireAndVerifyClientCert }",
    "needs client_ca_file",
  ],
  ["tls_server_config: { cert_file: 1, key_file: web.yml }", "cert_file that is no text"],
  ["tls_server_config: { cert: web.yml }", "has the key cert"],
])("%s is refused, and says why", async (text, why) => {
  writeFileSync(path, text);
  const reading = WebProtection.read(path);
  await expect(reading).rejects.toMatchObject({ code: "PLB_CLI_RELOAD_WEB_CONFIG" });
  await expect(reading).rejects.toThrow(why);
});

test("the sidecar does not begin with a web config that cannot be used, nor take one without pages", async () => {
  writeFileSync(join(folder, "config"), "");
  const args = ["reload", "--config-file=config", "--command=true", "--web-config-file=gone.yml"];
  const unusable = recordedConsole({ cwd: folder });
  expect(await run([...args, "--listen-address=127.0.0.1:0"], unusable.console)).not.toBe(0);
  expect(unusable.err()).toContain("PLB_CLI_RELOAD_WEB_CONFIG");
  const pageless = recordedConsole({ cwd: folder });
  expect(await run(args, pageless.console)).toBe(2);
  expect(pageless.err()).toContain("--web-config-file goes with --listen-address");
});

describe.runIf(hasOpenssl)("TLS", () => {
  const identity = (name: string): { readonly cert: string; readonly key: string } => {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", key, "-out", cert], { stdio: "ignore" });
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  };
  const config = (name: string, more = ""): string =>
    `tls_server_config: { cert_file: ${name}.pem, key_file: ${name}.key${more} }\n`;

  const serve = async (protection: WebProtection): Promise<{ readonly port: number } & AsyncDisposable> => {
    const server = protection.createServer((request, response) => {
      void protection.admits(request.headers.authorization).then((isAdmitted) => response.end(String(isAdmitted)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
  };
  interface Client {
    readonly ca: string;
    readonly cert?: string;
    readonly key?: string;
    readonly maxVersion?: SecureVersion;
  }
  const ask = (port: number, options: Client): Promise<string> =>
    new Promise((resolve, reject) => {
      const request = getTls({ host: "127.0.0.1", port, agent: false, ...options }, (response) => {
        response.setEncoding("utf8");
        let text = "";
        response.on("data", (more: string) => (text += more)).on("end", () => resolve(text));
      });
      request.on("error", reject);
    });
  /** The answer, or why there is none. */
  const answerTo = (port: number, options: Client): Promise<string> => ask(port, options).catch(String);

  test("shows its certificate, and the new one once that is there", async () => {
    const [first, second] = [identity("first"), identity("second")];
    writeFileSync(path, config("first"));
    const server = await serve(await WebProtection.read(path));
    try {
      expect(await ask(server.port, { ca: first.cert })).toBe("true");
      await expect(ask(server.port, { ca: second.cert })).rejects.toThrow(/certificate/);
      writeFileSync(path, config("second"));
      // Nobody gets through any more who trusts only the one before: the file is read all the same.
      await expect.poll(() => answerTo(server.port, { ca: second.cert })).toBe("true");
      expect(await answerTo(server.port, { ca: first.cert })).toMatch(/certificate/);
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });

  test("a certificate that does not fit its key is refused, and the one before stays until it does", async () => {
    const [first, second] = [identity("first"), identity("second")];
    writeFileSync(path, config("first"));
    const protection = await WebProtection.read(path);
    const server = await serve(protection);
    try {
      writeFileSync(path, "tls_server_config: { cert_file: second.pem, key_file: first.key }\n");
      await expect(protection.admits(undefined)).rejects.toMatchObject({ code: "PLB_CLI_RELOAD_WEB_CONFIG" });
      expect(await answerTo(server.port, { ca: second.cert })).toMatch(/certificate/);
      writeFileSync(path, config("second"));
      await expect.poll(() => answerTo(server.port, { ca: second.cert })).toBe("true");
      expect(first.cert).not.toBe(second.cert);
      writeFileSync(path, "tls_server_config: { cert_file: second.pem, key_file: first.key }\n");
      const mixed = await WebProtection.read(path);
      expect(() => mixed.createServer(() => undefined)).toThrow(/cannot be used/);
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });

  test("another authority of the clients, and other versions, count from the next connection on", async () => {
    const [own, early, late] = [identity("own"), identity("early"), identity("late")];
    const asking = (authority: string, more = ""): string =>
      config("own", `, client_ca_file: ${authority}.pem, client_auth_type: RequireAndVerifyClientCert${more}`);
    writeFileSync(path, asking("early"));
    const server = await serve(await WebProtection.read(path));
    try {
      expect(await answerTo(server.port, { ca: own.cert, ...early })).toBe("true");
      writeFileSync(path, asking("late"));
      await expect.poll(() => answerTo(server.port, { ca: own.cert, ...late })).toBe("true");
      expect(await answerTo(server.port, { ca: own.cert, ...early })).not.toBe("true");
      const old = { ca: own.cert, ...late, maxVersion: "TLSv1.2" } as const;
      expect(await answerTo(server.port, old)).toBe("true");
      writeFileSync(path, asking("late", ", min_version: TLS13"));
      await expect.poll(() => answerTo(server.port, old)).not.toBe("true");
      expect(await answerTo(server.port, { ca: own.cert, ...late })).toBe("true");
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });

  test("whether clients show a certificate, and whether there is TLS, cannot change while it runs: nobody gets in", async () => {
    identity("own");
    for (const [begun, then] of [
      [config("own"), config("own", ", client_ca_file: own.pem, client_auth_type: RequireAndVerifyClientCert")],
      [config("own"), users("any")],
      [users("any"), config("own")],
    ] as const) {
      writeFileSync(path, begun);
      const protection = await WebProtection.read(path);
      writeFileSync(path, then);
      const refused = protection.admits(basic("scraper", "any"));
      await expect(refused).rejects.toMatchObject({ code: "PLB_CLI_RELOAD_WEB_CONFIG" });
      await expect(refused).rejects.toThrow(/start anew/);
    }
  });

  test("lets in only who shows a certificate that the authority has signed, where it asks for one", async () => {
    const [own, client, stranger] = [identity("own"), identity("client"), identity("stranger")];
    writeFileSync(path, config("own", ", client_ca_file: client.pem, client_auth_type: RequireAndVerifyClientCert"));
    const server = await serve(await WebProtection.read(path));
    try {
      expect(await ask(server.port, { ca: own.cert, ...client })).toBe("true");
      await expect(ask(server.port, { ca: own.cert })).rejects.toThrow();
      await expect(ask(server.port, { ca: own.cert, cert: stranger.cert, key: stranger.key })).rejects.toThrow();
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });
});
