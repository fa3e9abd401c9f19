// The example that hands objects on to a partner, with a real S3 server and a real OpenSSH. Needs a build.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import ssh2 from "ssh2";
import { findServer, startServer } from "../../handoff-s3/interop/s3-server.mjs";
import { findOpenssh, openFolder, startOpenssh } from "../../../scripts/lib/openssh.mjs";

const EXAMPLE = resolve(import.meta.dirname, "../../../examples/s3-to-sftp/dist/main.js");

test("from a real S3 server to OpenSSH: parallel parts are taken incomplete, what Plumbline hands on never is", async (t) => {
  const scratch = openFolder("plumbline-s3-to-sftp-");
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  const { path, why } = findServer();
  if (path === undefined) return t.skip(why);
  const programs = findOpenssh(scratch);
  if (programs === undefined)
    return t.skip("needs OpenSSH's server: installed, or as Debian's package through apt-get");
  const [host, user] = [ssh2.utils.generateKeyPairSync("ed25519"), ssh2.utils.generateKeyPairSync("ed25519")];
  const far = await startOpenssh(programs, { hostPrivate: host.private, userPublic: user.public });
  t.after(() => far.stop());
  const server = await startServer(path);
  t.after(() => server.close());
  const privateKeyFile = join(scratch, "key");
  writeFileSync(privateKeyFile, user.private, { mode: 0o600 });
  const partner = {
    port: far.port,
    username: far.username,
    privateKeyFile,
    hostKey: `SHA256:${createHash("sha256").update(ssh2.utils.parseKey(host.public).getPublicSSH()).digest("base64").replace(/=+$/, "")}`,
    path: far.inbox,
    folder: far.inbox,
  };
  const env = {
    ...process.env,
    PLUMBLINE_EXAMPLE_S3: JSON.stringify(server.options),
    PLUMBLINE_EXAMPLE_SFTP: JSON.stringify(partner),
  };
  // Not synchronously: what the servers say is read here meanwhile.
  const { status, stdout, stderr } = await new Promise((done) => {
    execFile(process.execPath, [EXAMPLE], { env, timeout: 120_000 }, (error, out, err) => {
      done({ status: error === null ? 0 : (error.code ?? error.signal), stdout: out, stderr: err });
    });
  });
  t.diagnostic(stdout);
  assert.match(stdout, /^from a real S3 server to OpenSSH\n/u, stderr);
  assert.equal(status, 0, `${stdout}${stderr}`);
});
