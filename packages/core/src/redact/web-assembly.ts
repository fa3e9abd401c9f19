/** The instructions in use, as WebAssembly 1.0 numbers them (§5.4). */
const BLOCK = 0x02;
const LOOP = 0x03;
const IF = 0x04;
const END = 0x0b;
const BRANCH_IF = 0x0d;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const I32_LOAD16 = 0x2f;
const I64_LOAD = 0x29;
const I32_STORE = 0x36;
const I32_CONST = 0x41;
const I64_CONST = 0x42;
const NO_RESULT = 0x40;
const I32 = 0x7f;
const I64 = 0x7e;

/** A piece of a function's body. */
export type Code = readonly number[];

/** Operators: they take what the two pieces of code before them left, the comparison with zero what one did. */
export const I32_IS_ZERO: Code = [0x45];
export const I32_ABOVE: Code = [0x4b];
export const I64_IS_ZERO: Code = [0x50];
export const I32_ADD: Code = [0x6a];
export const I32_SUBTRACT: Code = [0x6b];
export const I32_SHIFT_LEFT: Code = [0x74];
export const I32_SHIFT_RIGHT: Code = [0x76];
export const I64_ADD: Code = [0x7c];
export const I64_AND: Code = [0x83];
export const I64_OR: Code = [0x84];
export const I64_SHIFT_LEFT: Code = [0x86];
export const I64_SHIFT_RIGHT: Code = [0x88];
/** The lower half of an `i64`. */
export const I32_OF_I64: Code = [0xa7];

/** A parameter or a variable of the function, by its place among them. */
export function get(local: number): Code {
  return [LOCAL_GET, local];
}

export function set(local: number, ...value: readonly Code[]): Code {
  return [...value.flat(), LOCAL_SET, local];
}

export function i32(value: number): Code {
  return [I32_CONST, ...signed(BigInt(value))];
}

export function i64(value: bigint): Code {
  return [I64_CONST, ...signed(value)];
}

/** Eight bytes of memory, wherever they begin, as a number. */
export function load64(...address: readonly Code[]): Code {
  return [...address.flat(), I64_LOAD, 0, 0];
}

/** Two bytes, likewise. */
export function load16(...address: readonly Code[]): Code {
  return [...address.flat(), I32_LOAD16, 0, 0];
}

/** Four bytes go into memory. */
export function store32(address: Code, ...value: readonly Code[]): Code {
  return [...address, ...value.flat(), I32_STORE, 2, 0];
}

export function when(condition: Code, ...then: readonly Code[]): Code {
  return [...condition, IF, NO_RESULT, ...then.flat(), END];
}

/** Runs the body as long as the condition holds, which is asked before each time. */
export function loop(condition: Code, ...body: readonly Code[]): Code {
  const again = [...condition, BRANCH_IF, 0];
  return [
    BLOCK,
    NO_RESULT,
    ...condition,
    ...I32_IS_ZERO,
    BRANCH_IF,
    0,
    LOOP,
    NO_RESULT,
    ...body.flat(),
    ...again,
    END,
    END,
  ];
}

/** The magic word, and version 1. */
const HEADER: Code = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** What a function keeps in, besides its one parameter, an `i32`: so many numbers of either kind. */
interface Locals {
  readonly i32: number;
  readonly i64: number;
}

/**
 * A module with one function from an `i32` to an `i32`, exported as `run`, over the memory that is imported as `env.memory`, of so many pages of 64 KiB at
 * least.
 */
export function moduleOf(pages: number, locals: Locals, ...body: readonly Code[]): Uint8Array<ArrayBuffer> {
  const code = [...list([unsigned(locals.i32).concat(I32), unsigned(locals.i64).concat(I64)]), ...body.flat(), END];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [[0x60, ...list([[I32]]), ...list([[I32]])]]),
    ...section(2, [[...text("env"), ...text("memory"), 0x02, 0x00, ...unsigned(pages)]]),
    ...section(3, [[0x00]]),
    ...section(7, [[...text("run"), 0x00, 0x00]]),
    ...section(10, [[...unsigned(code.length), ...code]]),
  ]);
}

function section(id: number, items: readonly Code[]): number[] {
  const content = list(items);
  return [id, ...unsigned(content.length), ...content];
}

function list(items: readonly Code[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(name: string): number[] {
  return list(Array.from(name, (character) => [character.charCodeAt(0)]));
}

/** LEB128, as WebAssembly has its numbers. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: bigint): number[] {
  const low = Number(value & 127n);
  const rest = value >> 7n;
  const isLast = (low & 64) === 0 ? rest === 0n : rest === -1n;
  return isLast ? [low] : [low | 128, ...signed(rest)];
}
