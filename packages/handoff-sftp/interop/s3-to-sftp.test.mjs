// The example that hands objects on to a partner, with a real S3 server and a real OpenSSH. Needs a build.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { findOpenssh, NEEDS_OPENSSH, startOpenssh } from "../../../scripts/lib/openssh.mjs";
import { findServer, startServer } from "../../../scripts/lib/s3-server.mjs";
import { createScratch } from "../../../scripts/lib/scratch.mjs";

const EXAMPLE = resolve(import.meta.dirname, "../../../examples/s3-to-sftp/dist/main.js");

test("from a real S3 server to OpenSSH: parallel parts are taken incomplete, what Plumbline hands on never is", async (t) => {
  const { path, why } = findServer();
  if (path === undefined) return t.skip(why);
  const programs = findOpenssh();
  if (programs === undefined) return t.skip(NEEDS_OPENSSH);
  const far = await startOpenssh(programs);
  t.after(() => far.stop());
  const server = await startServer(path);
  t.after(() => server.close());
  const { port, username, privateKey, hostKey } = far.options;
  const privateKeyFile = join(createScratch(t, {}), "key");
  writeFileSync(privateKeyFile, privateKey, { mode: 0o600 });
  const partner = { port, username, privateKeyFile, hostKey, path: far.inbox, folder: far.inbox };
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
