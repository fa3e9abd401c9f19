/**
 * Letters that readers take for Latin ones and that compatibility normalisation leaves alone: the pairs that matter for names, from the
 * confusables table of Unicode UTS #39, and Latin letters with accents.
 */
const PAIRS: readonly (readonly [latin: string, others: string])[] = [
  [
    "a",
    "\u1d00\u0430\u03b1\u0251\u0101\u0103\u0105\u00e0\u00e1\u00e2\u00e3\u00e4\u00e5\u0391\u0410\u00c0\u00c1\u00c2\u00c3\u00c4\u00c5",
  ],
  ["b", "\u0299\u0432\u044c\u0180\u0392\u0412\u042c"],
  ["c", "\u0441\u03f2\u1d04\u00e7\u0107\u010d\u0421\u03f9\u00c7"],
  ["d", "\u1d05\u0501\u0257\u010f\u0111"],
  ["e", "\u1d07\u0435\u03b5\u0451\u00e8\u00e9\u00ea\u00eb\u0113\u0119\u011b\u0395\u0415\u0401\u00c8\u00c9\u00ca\u00cb"],
  ["f", "\u0192\u03dd"],
  ["g", "\u0262\u0261\u0581\u011f"],
  ["h", "\u029c\u04bb\u0570\u0397\u041d"],
  ["i", "\u026a\u0456\u03b9\u0131\u00ec\u00ed\u00ee\u00ef\u012b\u0130\u0399\u0406\u04cf\u0457\u00cc\u00cd\u00ce\u00cf"],
  ["j", "\u1d0a\u0458\u03f3\u0408"],
  ["k", "\u1d0b\u043a\u03ba\u0138\u039a\u041a"],
  ["l", "\u029f\u04c0\u0142\u013a"],
  ["m", "\u1d0d\u043c\u039c\u041c"],
  ["n", "\u0274\u0578\u0572\u00f1\u0144\u0148\u039d\u00d1"],
  [
    "o",
    "\u1d0f\u043e\u03bf\u0585\u00f2\u00f3\u00f4\u00f5\u00f6\u00f8\u014d\u039f\u041e\u00d2\u00d3\u00d4\u00d5\u00d6\u00d8",
  ],
  ["p", "\u1d18\u0440\u03c1\u03a1\u0420"],
  ["q", "\u051b\u0566"],
  ["r", "\u0280\u0433\u1d26\u0155\u0159"],
  ["s", "\u0455\u015b\u0161\u015f\ua731\u0405"],
  ["t", "\u1d1b\u0442\u03c4\u0165\u0163\u03a4\u0422"],
  ["u", "\u1d1c\u057d\u03c5\u00f9\u00fa\u00fb\u00fc\u016b\u028b\u00d9\u00da\u00db\u00dc"],
  ["v", "\u1d20\u03bd\u0475\u0474"],
  ["w", "\u1d21\u051d\u0461\u03c9\u0561"],
  ["x", "\u0445\u03c7\u0425\u03a7"],
  ["y", "\u028f\u0443\u04af\u03b3\u00fd\u00ff\u03a5\u0423\u04ae"],
  ["z", "\u1d22\u017a\u017c\u017e\u0396"],
];

/** Signs that join a name and its value, or stand around them. */
const SIGNS: readonly (readonly [ascii: string, others: string])[] = [
  [":", "\u2236\ua789\u02d0"],
  ["=", "\ua78a\u2e40"],
  ['"', "\u201c\u201d\u201e\u201f\u2033"],
  [" ", "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"],
  ["-", "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe63"],
];

/** The zeros of scripts that people write numbers in: Arabic, Persian, Devanagari, Bengali, Thai. */
const ZEROS: readonly number[] = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50];

/** Capitals of the Cherokee and Lisu scripts that are drawn like Latin ones: the Latin letter, and the character's code. */
const DRAWN_ALIKE =
  "d13a0 r13a1 t13a2 i13a5 a13aa j13ab e13ac w13b3 m13b7 h13bb g13c0 z13c3 b13cf r13d2 w13d4 s13d5 v13d9 s13da " +
  "l13de c13df p13e2 k13e6 d13e7 ba4d0 pa4d1 da4d3 ta4d4 ga4d6 ka4d7 ja4d9 ca4da za4dc fa4dd ma4df na4e0 la4e1 " +
  "sa4e2 ra4e3 va4e6 ha4e7 wa4ea xa4eb ya4ec aa4ee ea4f0 ia4f2 oa4f3 ua4f4";

const LATIN_OF: ReadonlyMap<string, string> = new Map([
  ...[...PAIRS, ...SIGNS].flatMap(([latin, others]) => Array.from(others, (other): [string, string] => [other, latin])),
  ...DRAWN_ALIKE.split(" ").map((entry): [string, string] => [
    String.fromCharCode(Number.parseInt(entry.slice(1), 16)),
    entry.charAt(0),
  ]),
  ...ZEROS.flatMap((zero) =>
    Array.from({ length: 10 }, (_, digit): [string, string] => [String.fromCharCode(zero + digit), `${digit}`]),
  ),
]);

/** The soft hyphen, combining marks, zero-width and directional marks, fillers, variation selectors. */
const UNSEEN_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0xad, 0xad],
  [0x300, 0x36f],
  [0x483, 0x487],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x20d0, 0x20ff],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfe20, 0xfe2f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
];

/** Latin letters with marks, raised and lowered letters, letter-like symbols, circled letters. */
const NORMALISED_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x100, 0x24f],
  [0x2b0, 0x2b8],
  [0x2e0, 0x2e3],
  [0x1d2c, 0x1d6a],
  [0x1e00, 0x1eff],
  [0x2070, 0x209c],
  [0x2100, 0x214f],
  [0x24b6, 0x24e9],
];

/** The high surrogates of mathematical letters (U+1D400 to U+1D7FF), of letters in squares and flags (U+1F130 to U+1F1FF), and of tags (U+E0000 to U+E03FF). */
const MATHEMATICAL = 0xd835;
const SQUARED = 0xd83c;
const TAGS = 0xdb40;

/** Is not seen. */
export const UNSEEN = 1;
/** The first half of a character that may look like an ASCII one: see `looksLikePair`. */
export const FOLDS = 2;

/** For each code unit the ASCII character that it is taken for, `UNSEEN`, `FOLDS`, or 0 where it looks like nothing else. */
export const LOOKS: Uint8Array = makeLooks();

const MATHEMATICAL_LOOKS: Uint8Array = Uint8Array.from({ length: 0x400 }, (_, i) => normalised(0x1d400 + i));

/** What the character of a high surrogate among `FOLDS` and this low one looks like: an ASCII character, `UNSEEN`, or 0. */
export function looksLikePair(high: number, low: number): number {
  if (high === SQUARED) return squaredLetter(0x1f000 + low - 0xdc00);
  return high === TAGS ? UNSEEN : (MATHEMATICAL_LOOKS[low - 0xdc00] ?? 0);
}

/** Where each alphabet of letters in squares, circles and flags begins. */
const SQUARED_ALPHABETS: readonly number[] = [0x1f130, 0x1f150, 0x1f170, 0x1f1e6];

/** The capital that the character shows, 0 for another one. */
function squaredLetter(codePoint: number): number {
  for (const first of SQUARED_ALPHABETS)
    if (codePoint >= first && codePoint < first + 26) return 0x41 + codePoint - first;
  return 0;
}

/** Without its marks, the ASCII character that it is a form of; 0 without one. */
function normalised(codePoint: number): number {
  const normal = String.fromCodePoint(codePoint).normalize("NFKD");
  for (let i = 1; i < normal.length; i++) if (!isMark(normal.charCodeAt(i))) return 0;
  return normal.charCodeAt(0) < 0x80 ? normal.charCodeAt(0) : 0;
}

/** A combining mark that Latin letters have. */
function isMark(code: number): boolean {
  return code >= 0x300 && code <= 0x36f;
}

function makeLooks(): Uint8Array {
  const looks = new Uint8Array(0x10000);
  for (const [first, last] of UNSEEN_RANGES) looks.fill(UNSEEN, first, last + 1);
  for (const [first, last] of NORMALISED_RANGES)
    for (let code = first; code <= last; code++) looks[code] = normalised(code);
  for (const [other, latin] of LATIN_OF) looks[other.charCodeAt(0)] = latin.charCodeAt(0);
  looks[MATHEMATICAL] = FOLDS;
  looks[SQUARED] = FOLDS;
  looks[TAGS] = FOLDS;
  for (let code = 0xff01; code <= 0xff5e; code++) looks[code] = code - 0xfee0; // full-width
  return looks;
}

/** The text that one character is taken for; the character itself when it looks like nothing else; empty when it is not seen. */
function foldCharacter(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x80) return character;
  if (LOOKS[codePoint] === UNSEEN || (codePoint >= 0xe0000 && codePoint <= 0xe0fff)) return "";
  const squared = squaredLetter(codePoint);
  if (squared !== 0) return String.fromCharCode(squared);
  const direct = LATIN_OF.get(character);
  if (direct !== undefined) return direct;
  const look = codePoint < 0x10000 ? (LOOKS[codePoint] ?? 0) : 0;
  if (look > FOLDS) return String.fromCharCode(look);
  const normal = character.normalize("NFKC");
  return LATIN_OF.get(normal) ?? normal;
}

/** The text as it looks. */
export function foldLookAlikes(text: string): string {
  let folded = "";
  for (const character of text) folded += foldCharacter(character);
  return folded;
}
