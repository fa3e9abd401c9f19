import type { Cell, Outcome, Scratch } from "../frame/bench.ts";
import { ALONE_CELLS } from "./alone-cells.ts";
import { withFarSide } from "./far-side.ts";
import { bareLoop, copyAndSync, copyByKernel, copyByPrograms, handOn } from "./folder-ways.ts";
import { handOnOverS3, type S3Way, upload, uploadAsOurs, withBucket } from "./s3-ways.ts";
import { fastPut, handOnOverSftp, rclone, scp, sftpBatch, sftpLoop, type SftpWay, sshPipe } from "./sftp-ways.ts";
import { largeFile, makeFolder, measure, smallFiles, type Way, type Work } from "./work.ts";

export const LARGE = "a large file to a folder";
export const SMALL = "small files to a folder";
export const LARGE_SFTP = "a large file over SFTP";
export const LARGE_S3 = "a large file to S3";
export const SMALL_SFTP = "small files over SFTP";

export const OURS = "plumbline, verify: read-back";
export const BY_SERVER = "plumbline, verify: server";
export const BY_SIZE = "plumbline, verify: size";
export const COPY = "copy + fsync";
export const PROGRAMS = "cp, then sync";
export const KERNEL = "the kernel's copy + fdatasync";
export const FLOOR = "a bare loop of the same work";
const FIRST = "plumbline, verify: read-back, the first of a process";
const OURS_S3 = "plumbline";
const UPLOAD = "lib-storage Upload";
const UPLOAD_AS_OURS = "lib-storage Upload with our parts and SHA-256";
export const SFTP = "sftp -f";
export const SFTP_LOOP = "sftp -f in a loop";
export const PIPE = "ssh to cat";
export const RCLONE = "rclone copy";
export const RCLONE_SIZES = "rclone copy, sizes alone";

/** A session a file takes so long that a few of the files have to do; their rate is the same. */
const LOOP_PART = 0.04;

type Make = (scratch: Scratch) => Promise<Work>;

const large: Make = async ({ directory, scale }) => largeFile(directory, scale);
/** 1 GiB: to begin takes as long as many a mebibyte, a session over SSH most of all. */
const larger: Make = async ({ directory, scale }) => largeFile(directory, scale * 8);
const small: Make = async ({ directory, scale }) => smallFiles(directory, scale);
const few: Make = async ({ directory, scale }) => smallFiles(directory, scale, LOOP_PART);

/** Of what is measured, each way to a folder has brought so much before: a service hands on more than one file, and the first one runs what the engine has not compiled. */
const WARM_PART = 1 / 64;

export const HANDOFF_CELLS: readonly Cell[] = [
  toFolder(LARGE, COPY, larger, copyAndSync),
  byPrograms(LARGE, PROGRAMS, larger, copyByPrograms),
  toFolder(LARGE, KERNEL, larger, copyByKernel),
  toFolder(LARGE, FLOOR, larger, bareLoop),
  toFolder(LARGE, OURS, larger, handOn("read-back")),
  toFolder(LARGE, FIRST, larger, handOn("read-back"), 0),
  toFolder(LARGE, BY_SIZE, larger, handOn("size")),
  toFolder(SMALL, COPY, small, copyAndSync),
  toFolder(SMALL, OURS, small, handOn("read-back")),
  overSftp(LARGE_SFTP, SFTP, larger, sftpBatch),
  overSftp(LARGE_SFTP, PIPE, larger, sshPipe),
  overSftp(LARGE_SFTP, "scp", larger, scp),
  overSftp(LARGE_SFTP, RCLONE, larger, rclone("checksums")),
  overSftp(LARGE_SFTP, RCLONE_SIZES, larger, rclone("sizes")),
  overSftp(LARGE_SFTP, "ssh2 fastPut", larger, fastPut),
  overSftp(LARGE_SFTP, OURS, larger, handOnOverSftp("read-back")),
  overSftp(LARGE_SFTP, BY_SERVER, larger, handOnOverSftp("server")),
  overSftp(LARGE_SFTP, BY_SIZE, larger, handOnOverSftp("size")),
  overSftp(SMALL_SFTP, SFTP_LOOP, few, sftpLoop),
  overSftp(SMALL_SFTP, "sftp -f, one session", small, sftpBatch),
  overSftp(SMALL_SFTP, RCLONE, small, rclone("checksums")),
  overSftp(SMALL_SFTP, OURS, small, handOnOverSftp("read-back")),
  toBucket(LARGE_S3, UPLOAD, large, upload),
  toBucket(LARGE_S3, UPLOAD_AS_OURS, large, uploadAsOurs),
  toBucket(LARGE_S3, OURS_S3, large, handOnOverS3),
  ...ALONE_CELLS,
];

function toFolder(group: string, name: string, make: Make, way: Way, warmPart: number = WARM_PART): Cell {
  const run = async (scratch: Scratch): Promise<Outcome> => {
    if (warmPart > 0) {
      const before = await makeFolder(scratch.directory, "before");
      const { from } = await make({ ...scratch, directory: before, scale: scratch.scale * warmPart });
      await way(from, await makeFolder(before, "to"));
    }
    const work = await make(scratch);
    return { figures: await measure(work, await makeFolder(scratch.directory, "to"), way) };
  };
  return { group, name, run };
}

/** What this process does meanwhile tells nothing of theirs. */
function byPrograms(group: string, name: string, make: Make, way: Way): Cell {
  const cell = toFolder(group, name, make, way);
  const run = async (scratch: Scratch): Promise<Outcome> => {
    const { cpuMs: _ours, stallMs: _idle, ...figures } = (await cell.run(scratch)).figures;
    return { figures };
  };
  return { group, name, run };
}

function toBucket(group: string, name: string, make: Make, way: S3Way): Cell {
  const run = async (scratch: Scratch): Promise<Outcome> =>
    withBucket(scratch.outside, async (bucket) => ({
      figures: await measure(await make(scratch), bucket.bucketFolder, way(bucket)),
    }));
  return { group, name, run };
}

function overSftp(group: string, name: string, make: Make, way: SftpWay): Cell {
  const run = async (scratch: Scratch): Promise<Outcome> =>
    withFarSide(scratch, async (far) => {
      const ready = await way(far);
      if (ready === undefined) return { figures: {}, lacks: "the program, on the path or as Debian's package" };
      return { figures: await measure(await make(scratch), far.to, ready) };
    });
  return { group, name, run };
}
