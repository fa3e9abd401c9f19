import type { FileDriver } from "@plumbline/file";
import type { Random } from "../random.ts";

/** How a disk misbehaves, as long as it does. */
export interface FaultPlan {
  readonly random: Random;
  /** Of writes that fail, and of those that write less than asked; other calls fail a tenth as often. */
  readonly failures: number;
  readonly shortWrites: number;
  readonly maxDelayMs: number;
  /** While true, everything works. */
  readonly isCalm: () => boolean;
}

const WRITE_ERRORS = ["ENOSPC", "EIO", "EDQUOT", "EINTR", "EAGAIN", "EFBIG"] as const;

/** A disk that fails, writes short, writes a part and then fails, and takes its time. */
export function createFaultyDriver(base: FileDriver, plan: FaultPlan): FileDriver {
  const { random } = plan;
  const fails = (rate: number): boolean => !plan.isCalm() && random.chance(rate);
  const error = (call: string): Error => {
    const code = random.pick(WRITE_ERRORS);
    return Object.assign(new Error(`${code}: planted, ${call}`), { code });
  };
  const later = (work: () => void): void => {
    if (plan.isCalm() || plan.maxDelayMs === 0) work();
    else setTimeout(work, random.int(0, plan.maxDelayMs));
  };
  const slowly = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
    await new Promise<void>((resolve) => later(resolve));
    if (fails(plan.failures / 10)) throw error(call);
    return work();
  };
  const part = (length: number): number => (fails(plan.shortWrites) ? random.int(1, length) : length);

  return {
    ...base,
    open: (path, how, mode) => slowly("open", () => base.open(path, how, mode)),
    rename: (from, to) => slowly("rename", () => base.rename(from, to)),
    sync: (fd) => slowly("fdatasync", () => base.sync(fd)),
    write(fd, bytes, start, length, position, done): void {
      later(() => {
        if (!fails(plan.failures)) base.write(fd, bytes, start, part(length), position, done);
        else if (random.chance(0.5)) setImmediate(() => done(error("write"), 0));
        else base.write(fd, bytes, start, random.int(1, length), position, () => done(error("write"), 0));
      });
    },
    writeSync(fd, bytes, start, length, position): number {
      return base.writeSync(fd, bytes, start, part(length), position);
    },
    truncateSync(fd, size): void {
      if (fails(plan.failures / 2)) throw error("ftruncate");
      base.truncateSync(fd, size);
    },
  };
}
