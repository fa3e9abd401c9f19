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
const HIT_BYTES = 2 * WORD_BYTES;

export function createPairSearch(masks: PairMasks, size: SearchSize): PairSearch {
  return openCompiled(masks, size) ?? createInterpreted(masks, size);
}

/**
 * The search as WebAssembly: it reads four pairs at once, and a pair's two masks, and asks nobody whether a place is in bounds, for the memory ends where reading ends. It takes less than half
 * the time of the same loop in JavaScript. `undefined` where there is none to be had: the engine runs without its compiler, or has no address space left.
 */
function openCompiled(masks: PairMasks, size: SearchSize): PairSearch | undefined {
  const bytesAt = masks.byteLength;
  const hitsAt = (bytesAt + size.bytes + WORD_BYTES - 1) & -WORD_BYTES;
  const pages = Math.ceil((hitsAt + size.pairs * HIT_BYTES) / PAGE);
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const compiled = new WebAssembly.Module(moduleOf(pages, LOCALS, ...searchCode(bytesAt + FIRST_PAIR, hitsAt)));
    const { run } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
    const shared = new Int32Array(memory.buffer, 0, masks.length);
    shared.set(masks);
    return {
      bytes: new Uint8Array(memory.buffer, bytesAt, size.bytes),
      masks: shared,
      hits: new Int32Array(memory.buffer, hitsAt, 2 * size.pairs),
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
/** Four pairs, then their places; both masks of the pair before, and of the one before the four; what was found of the four, and of all. */
const PLACES = 4;
const BEFORE = 5;
const BEFORE_ALL = 6;
const FOUND = 7;
const SEEN = 8;
const LOCALS = { i32: 3, i64: 5 };

/** Of four numbers of 16 bits, those that are left when each is divided by 16. */
const SIXTEENTHS = 0x0fff_0fff_0fff_0fffn;
/** An address of two masks: 8 times 16 bits. */
const ADDRESS = 0xffffn << 3n;
/** The second masks are the upper half. */
const UPPER = 32n;
const NOT_ESCAPED = BigInt(~ESCAPED) << UPPER;
const IS_ANY_FOUND: Code = [...get(FOUND), ...i64(NOT_ESCAPED), ...I64_AND, ...I64_IS_ZERO, ...I32_IS_ZERO];
/** Those that are looked at together. */
const PAIRS = [0, 1, 2, 3];

/** Masks begin at 0. The first mask of a pair is moved beside the second one of the next. */
function searchCode(pairsAt: number, hitsAt: number): Code[] {
  const first = load16(i32(pairsAt));
  const place = [...first, ...first, ...i32(4), ...I32_SHIFT_RIGHT, ...I32_ADD];
  return [
    set(BEFORE, load64(place, i32(3), I32_SHIFT_LEFT)),
    set(AT, i32(pairsAt + 2)),
    set(LAST, get(END), i32(1), I32_SHIFT_LEFT, i32(pairsAt), I32_ADD),
    set(OUT, i32(hitsAt)),
    loop(
      [...get(AT), ...get(LAST), ...I32_ABOVE, ...I32_IS_ZERO],
      set(PLACES, load64(get(AT))),
      set(PLACES, get(PLACES), get(PLACES), i64(4n), I64_SHIFT_RIGHT, i64(SIXTEENTHS), I64_AND, I64_ADD),
      set(FOUND, i64(0n)),
      set(BEFORE_ALL, get(BEFORE)),
      ...PAIRS.map((index) => set(FOUND, get(FOUND), lookAtPair(index), I64_OR)),
      set(SEEN, get(SEEN), get(FOUND), I64_OR),
      when(
        IS_ANY_FOUND,
        set(BEFORE, get(BEFORE_ALL)), // once more, each for itself
        ...PAIRS.flatMap((index) => [
          set(FOUND, lookAtPair(index)),
          when(
            IS_ANY_FOUND,
            store32(get(OUT), get(AT), i32(pairsAt), I32_SUBTRACT, i32(1), I32_SHIFT_RIGHT, i32(index), I32_ADD),
            store32([...get(OUT), ...i32(WORD_BYTES), ...I32_ADD], get(FOUND), i64(UPPER), I64_SHIFT_RIGHT, I32_OF_I64),
            set(OUT, get(OUT), i32(HIT_BYTES), I32_ADD),
          ),
        ]),
      ),
      set(AT, get(AT), i32(8), I32_ADD),
    ),
    [...get(OUT), ...i32(hitsAt), ...I32_SUBTRACT, ...i32(Math.log2(HIT_BYTES)), ...I32_SHIFT_RIGHT],
    // The bit of escapes is the highest.
    [...get(SEEN), ...i64(63n), ...I64_SHIFT_RIGHT, ...I32_OF_I64, ...i32(Math.log2(HAS_ESCAPED)), ...I32_SHIFT_LEFT],
    I32_ADD,
  ];
}

/** What the pair's second mask and the first one of the pair before have in common; it is the pair before then. */
function lookAtPair(index: number): Code {
  const shift = 16n * BigInt(index) - 3n;
  const shifted = shift < 0n ? [...i64(-shift), ...I64_SHIFT_LEFT] : [...i64(shift), ...I64_SHIFT_RIGHT];
  const masks = load64(get(PLACES), shifted, i64(ADDRESS), I64_AND, I32_OF_I64);
  const begun = [...get(BEFORE), ...i64(UPPER), ...I64_SHIFT_LEFT];
  // The order matters: what began before is moved before the pair is read.
  return [...begun, ...set(BEFORE, masks), ...get(BEFORE), ...I64_AND];
}
