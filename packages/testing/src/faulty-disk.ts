import { createSystemError } from "./system-error.ts";
import { testingError } from "./testing-error.ts";

/** The name of a method of `Driver`. */
export type OperationOf<Driver> = {
  [Key in keyof Driver]-?: Driver[Key] extends (...args: never[]) => unknown ? Key & string : never;
}[keyof Driver];

/** A planned failure of one operation. */
export interface PlannedFailure<Operation extends string = string> {
  readonly operation: Operation;
  /** The system's code: `EIO`, `EINTR`, `ENOSPC`. */
  readonly code: string;
  /** How many calls go well first, counted from now. Default 0. */
  readonly after?: number;
  /** How many calls fail then. Default 1; `Infinity` until `mend()`. */
  readonly times?: number;
}

/** One call that was made through the disk. */
export interface DiskCall<Operation extends string = string> {
  readonly operation: Operation;
  readonly outcome: "passed" | "failed" | "cut";
}

/** The methods that write bytes, in the shape that a cut or a full disk can be put on: `(fd, bytes, start, length, …)`. */
const WRITES: ReadonlySet<string> = new Set(["write", "writeSync"]);
const LENGTH_AT = 3;

type Method = (...args: unknown[]) => unknown;

/**
 * A file driver with a bad disk beneath it. The driver may be any object of methods; how each tells its errors is seen
 * from its shape: one whose last argument is a function calls that, one whose name ends in `Sync` throws, any other
 * rejects. `write` and `writeSync` take `(fd, bytes, start, length, …)`, may write less than `length`, and tell how much.
 */
export class FaultyDisk<Driver extends object> {
  /** Goes to the real driver, through the faults. */
  readonly driver: Driver;
  readonly #real: Driver;
  readonly #calls: DiskCall<OperationOf<Driver>>[] = [];
  #failures: { readonly plan: PlannedFailure; skip: number; left: number }[] = [];
  #cuts: { readonly toBytes: number; left: number }[] = [];
  #freeBytes: number | undefined;
  #stall: { readonly operations: ReadonlySet<string>; readonly until: Promise<void> } | undefined;

  constructor(real: Driver) {
    this.#real = real;
    this.driver = new Proxy(real, {
      get: (target, key): unknown => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function" || typeof key !== "string") return value;
        const method = value as Method;
        return (...args: unknown[]): unknown => this.#call(key as OperationOf<Driver>, method.bind(target), args);
      },
    });
  }

  /** What was called, in order. */
  get calls(): readonly DiskCall<OperationOf<Driver>>[] {
    return this.#calls;
  }

  /** Plans failures. Several for one operation follow one another. Throws `PLB_TESTING_OPERATION_UNKNOWN`. */
  fail(...plans: readonly PlannedFailure<OperationOf<Driver>>[]): void {
    for (const plan of plans) {
      if (!(plan.operation in this.#real)) {
        throw testingError("PLB_TESTING_OPERATION_UNKNOWN", { details: { operation: plan.operation } });
      }
      this.#failures.push({ plan, skip: plan.after ?? 0, left: plan.times ?? 1 });
    }
  }

  /** Lets the next `times` writes take at most `toBytes` each, as write(2) is free to do. */
  cutWrites(toBytes: number, times = 1): void {
    this.#cuts.push({ toBytes, left: times });
  }

  /** Gives the disk so much room: the write that does not fit is cut, the next one fails with ENOSPC. */
  setFreeBytes(bytes: number | undefined): void {
    this.#freeBytes = bytes;
  }

  /** Holds calls of these (asynchronous) operations back until the function that it returns is called. */
  stall(...operations: readonly OperationOf<Driver>[]): () => void {
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    const stall = { operations: new Set<string>(operations), until };
    this.#stall = stall;
    return () => {
      if (this.#stall === stall) this.#stall = undefined;
      release();
    };
  }

  /** Forgets every fault but a stall. */
  mend(): void {
    this.#failures = [];
    this.#cuts = [];
    this.#freeBytes = undefined;
  }

  #call(operation: OperationOf<Driver>, method: Method, args: readonly unknown[]): unknown {
    const stall = this.#stall;
    if (stall?.operations.has(operation) !== true || operation.endsWith("Sync")) {
      return this.#perform(operation, method, args);
    }
    const later = stall.until.then(() => this.#perform(operation, method, args));
    return typeof args.at(-1) === "function" ? undefined : later;
  }

  #perform(operation: OperationOf<Driver>, method: Method, args: readonly unknown[]): unknown {
    const code = this.#takeFailure(operation);
    if (code !== undefined) return this.#refuse(operation, code, args);
    if (!WRITES.has(operation)) {
      this.#calls.push({ operation, outcome: "passed" });
      return method(...args);
    }
    const asked = Number(args[LENGTH_AT]);
    const length = Math.min(asked, this.#takeCut(), this.#freeBytes ?? Number.POSITIVE_INFINITY);
    if (length === 0 && asked > 0) return this.#refuse(operation, "ENOSPC", args);
    if (this.#freeBytes !== undefined) this.#freeBytes -= length;
    this.#calls.push({ operation, outcome: length < asked ? "cut" : "passed" });
    return method(...args.slice(0, LENGTH_AT), length, ...args.slice(LENGTH_AT + 1));
  }

  #takeFailure(operation: string): string | undefined {
    const failure = this.#failures.find(({ plan, left }) => plan.operation === operation && left > 0);
    if (failure === undefined) return undefined;
    if (failure.skip > 0) {
      failure.skip -= 1;
      return undefined;
    }
    failure.left -= 1;
    return failure.plan.code;
  }

  #takeCut(): number {
    const cut = this.#cuts.find(({ left }) => left > 0);
    if (cut === undefined) return Number.POSITIVE_INFINITY;
    cut.left -= 1;
    return cut.toBytes;
  }

  #refuse(operation: OperationOf<Driver>, code: string, args: readonly unknown[]): unknown {
    this.#calls.push({ operation, outcome: "failed" });
    const error = createSystemError(code, operation.replace(/Sync$/, ""));
    const done = args.at(-1);
    if (typeof done === "function") {
      // Never before the call has returned, as with a real disk.
      process.nextTick(done, error, 0);
      return undefined;
    }
    if (operation.endsWith("Sync")) throw error;
    return Promise.reject(error);
  }
}

/** A disk beneath `driver` that fails as planned; without a plan it passes everything on. */
export function createFaultyDisk<Driver extends object>(driver: Driver): FaultyDisk<Driver> {
  return new FaultyDisk(driver);
}
