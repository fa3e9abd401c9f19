import { ESCAPED, type PairMasks } from "./pair-masks.ts";
import { createInterpreted, FIRST_PAIR, HAS_ESCAPED, type PairSearch, type SearchSize } from "./pair-search.ts";
import {
  type Code,
  get,
  i32,
  I32_ABOVE,
  I32_ADD,
  I32_IS_ZERO,
  I32_OF_I64,
  I32_SHIFT_LEFT,
  I32_SHIFT_RIGHT,
  I32_SUBTRACT,
  i64,
  I64_ADD,
  I64_AND,
  I64_IS_ZERO,
  I64_OR,
  I64_SHIFT_LEFT,
  I64_SHIFT_RIGHT,
  load16,
  load64,
  loop,
  moduleOf,
  set,
  store32,
  when,
} from "./web-assembly.ts";

const PAGE = 64 * 1024;
const WORD_BYTES = 4;

export function createPairSearch(masks: PairMasks, size: SearchSize): PairSearch {
  return openCompiled(masks, size) ?? createInterpreted(masks, size);
}

/**
 * The search as WebAssembly: it reads four pairs at once, and a pair's two masks, and asks nobody whether a place is in bounds, for the memory ends where reading ends. It takes less than half
 * the time of the same loop in JavaScript. `undefined` where there is none to be had: the engine runs without its compiler, or has no address space left.
 */
function openCompiled(masks: PairMasks, size: SearchSize): PairSearch | undefined {
  const bytesAt = masks.byteLength;
  const blocksAt = (bytesAt + size.bytes + WORD_BYTES - 1) & -WORD_BYTES;
  const pages = Math.ceil((blocksAt + size.blocks * WORD_BYTES) / PAGE);
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const compiled = new WebAssembly.Module(moduleOf(pages, LOCALS, ...searchCode(bytesAt + FIRST_PAIR, blocksAt)));
    const { run } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
    const shared = new Int32Array(memory.buffer, 0, masks.length);
    shared.set(masks);
    return {
      bytes: new Uint8Array(memory.buffer, bytesAt, size.bytes),
      masks: shared,
      blocks: new Int32Array(memory.buffer, blocksAt, size.blocks),
      find: run,
    };
  } catch {
    return undefined;
  }
}

/** What of `WebAssembly` is in use; the types of Node leave it out. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    compiled: object,
    imports: { env: { memory: object } },
  ) => { readonly exports: { readonly run: (end: number) => number } };
};

const END = 0;
/** Addresses of the pair that is looked at, of the last one, and of what is noted next. */
const AT = 1;
const LAST = 2;
const OUT = 3;
/** Four pairs, then their places; both masks of the pair before; what was found of the four, and of all. */
const PLACES = 4;
const BEFORE = 5;
const FOUND = 6;
const SEEN = 7;
const LOCALS = { i32: 3, i64: 4 };

/** Of four numbers of 16 bits, those that are left when each is divided by 16. */
const SIXTEENTHS = 0x0fff_0fff_0fff_0fffn;
/** An address of two masks: 8 times 16 bits. */
const ADDRESS = 0xffffn << 3n;
/** The second masks are the upper half. */
const UPPER = 32n;
const NOT_ESCAPED = BigInt(~ESCAPED) << UPPER;

/** Masks begin at 0. The first mask of a pair is moved beside the second one of the next. */
function searchCode(pairsAt: number, blocksAt: number): Code[] {
  const first = load16(i32(pairsAt));
  const place = [...first, ...first, ...i32(4), ...I32_SHIFT_RIGHT, ...I32_ADD];
  return [
    set(BEFORE, load64(place, i32(3), I32_SHIFT_LEFT)),
    set(AT, i32(pairsAt + 2)),
    set(LAST, get(END), i32(1), I32_SHIFT_LEFT, i32(pairsAt), I32_ADD),
    set(OUT, i32(blocksAt)),
    loop(
      [...get(AT), ...get(LAST), ...I32_ABOVE, ...I32_IS_ZERO],
      set(PLACES, load64(get(AT))),
      set(PLACES, get(PLACES), get(PLACES), i64(4n), I64_SHIFT_RIGHT, i64(SIXTEENTHS), I64_AND, I64_ADD),
      set(FOUND, i64(0n)),
      ...[0n, 1n, 2n, 3n].flatMap(lookAtPair),
      set(SEEN, get(SEEN), get(FOUND), I64_OR),
      when(
        [...get(FOUND), ...i64(NOT_ESCAPED), ...I64_AND, ...I64_IS_ZERO, ...I32_IS_ZERO],
        store32(get(OUT), get(AT), i32(pairsAt), I32_SUBTRACT, i32(1), I32_SHIFT_RIGHT),
        set(OUT, get(OUT), i32(WORD_BYTES), I32_ADD),
      ),
      set(AT, get(AT), i32(8), I32_ADD),
    ),
    [...get(OUT), ...i32(blocksAt), ...I32_SUBTRACT, ...i32(2), ...I32_SHIFT_RIGHT],
    // The bit of escapes is the highest.
    [...get(SEEN), ...i64(63n), ...I64_SHIFT_RIGHT, ...I32_OF_I64, ...i32(Math.log2(HAS_ESCAPED)), ...I32_SHIFT_LEFT],
    I32_ADD,
  ];
}

function lookAtPair(index: bigint): Code[] {
  const shift = 16n * index - 3n;
  const shifted = shift < 0n ? [...i64(-shift), ...I64_SHIFT_LEFT] : [...i64(shift), ...I64_SHIFT_RIGHT];
  const masks = load64(get(PLACES), shifted, i64(ADDRESS), I64_AND, I32_OF_I64);
  const begun = [...get(BEFORE), ...i64(UPPER), ...I64_SHIFT_LEFT];
  // The order matters: what began before is moved before the pair is read.
  return [set(FOUND, get(FOUND), begun, set(BEFORE, masks), get(BEFORE), I64_AND, I64_OR)];
}
