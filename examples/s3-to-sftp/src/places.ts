import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FarServer, HOST_KEY, S3StandIn, USER_KEY } from "@plumbline/stand-ins";
import ssh2 from "ssh2";

/** The bucket that objects come from. */
export interface Bucket {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The partner's server. */
export interface Partner {
  readonly port: number;
  readonly username: string;
  readonly privateKeyFile: string;
  /** `SHA256:…` */
  readonly hostKey: string;
  /** The folder that the server shows, as it calls it. */
  readonly path: string;
  /** The same folder on this machine, where the partner's own programs look. */
  readonly folder: string;
}

/** Both sides, and what they are. */
export interface Places {
  readonly bucket: Bucket;
  readonly partner: Partner;
  /** In words. */
  readonly names: readonly string[];
  readonly areReal: boolean;
  close(): Promise<void>;
}

/**
 * The servers that `PLUMBLINE_EXAMPLE_S3` and `PLUMBLINE_EXAMPLE_SFTP` tell of, in JSON. Where one is not told of, a stand-in on loopback: it speaks the protocol as far as
 * the story goes, and keeps the partner's files in a real folder.
 */
export async function openPlaces(env: NodeJS.ProcessEnv, scratch: string): Promise<Places> {
  const [s3, sftp] = [env["PLUMBLINE_EXAMPLE_S3"], env["PLUMBLINE_EXAMPLE_SFTP"]];
  const from = s3 === undefined ? await standInBucket() : { bucket: JSON.parse(s3) as Bucket, close: nothing };
  const to =
    sftp === undefined ? await standInPartner(scratch) : { partner: JSON.parse(sftp) as Partner, close: nothing };
  return {
    bucket: from.bucket,
    partner: to.partner,
    names: [
      s3 === undefined ? "a stand-in for S3" : "a real S3 server",
      sftp === undefined ? "ssh2's server" : "OpenSSH",
    ],
    areReal: s3 !== undefined && sftp !== undefined,
    async close() {
      await from.close();
      await to.close();
    },
  };
}

const nothing = async (): Promise<void> => undefined;

async function standInBucket(): Promise<{ readonly bucket: Bucket; close(): Promise<void> }> {
  const server = new S3StandIn({ pageSize: 1000 });
  const place = (await server.listen()) as unknown as Bucket; // what it says to connect with
  return { bucket: place, close: () => server.close() };
}

async function standInPartner(scratch: string): Promise<{ readonly partner: Partner; close(): Promise<void> }> {
  const root = join(scratch, "partner");
  const folder = join(root, "inbox");
  await mkdir(folder, { recursive: true });
  const privateKeyFile = join(scratch, "key");
  await writeFile(privateKeyFile, USER_KEY.private, { mode: 0o600 });
  const server = new FarServer(root);
  await server.listen();
  return {
    partner: {
      port: server.port,
      username: "shop",
      privateKeyFile,
      hostKey: fingerprintOf(HOST_KEY.public),
      path: "/inbox",
      folder,
    },
    close: () => server.close(),
  };
}

function fingerprintOf(publicKey: string): string {
  const key = ssh2.utils.parseKey(publicKey);
  if (key instanceof Error) throw key;
  return `SHA256:${createHash("sha256").update(key.getPublicSSH()).digest("base64").replaceAll("=", "")}`;
}
