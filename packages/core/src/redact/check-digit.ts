/** The check digits of national identity numbers. Each takes the characters without the signs between them. */

/** Brazil, CPF: two digits, modulo 11. */
export function isCpf(digits: string): boolean {
  if (digits.length !== 11 || isOneDigit(digits)) return false;
  return [9, 10].every((length) => {
    const sum = weighted(digits.slice(0, length), (i) => length + 1 - i);
    return digitAt(digits, length) === ((sum * 10) % 11) % 10;
  });
}

/** Poland, PESEL: weights 1 3 7 9, and a date in front. */
export function isPesel(digits: string): boolean {
  const weights = [1, 3, 7, 9];
  const sum = weighted(digits.slice(0, 10), (i) => weights[i % 4] ?? 0);
  const month = Number.parseInt(digits.slice(2, 4), 10) % 20;
  return digits.length === 11 && isDay(month, digits.slice(4, 6)) && digitAt(digits, 10) === (10 - (sum % 10)) % 10;
}

/** China, GB 11643: ISO 7064 MOD 11-2, and a date in the middle. */
export function isChineseId(characters: string): boolean {
  if (!isDay(Number.parseInt(characters.slice(10, 12), 10), characters.slice(12, 14))) return false;
  const sum = weighted(characters.slice(0, 17), (i) => CHINESE_WEIGHTS[i] ?? 0);
  return characters.charAt(17) === "10X98765432".charAt(sum % 11);
}

/** Powers of two, modulo 11. */
const CHINESE_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** Spain, DNI: the letter is the number modulo 23. */
export function isDni(characters: string): boolean {
  return characters.charAt(8) === "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Number.parseInt(characters.slice(0, 8), 10) % 23);
}

/** France, NIR: 97 less the number modulo 97. */
export function isNir(digits: string): boolean {
  const key = 97 - (Number.parseInt(digits.slice(0, 13), 10) % 97);
  return "123478".includes(digits.charAt(0)) && key === Number.parseInt(digits.slice(13), 10);
}

/** Sweden, personnummer: Luhn, and a date in front. */
export function isPersonnummer(digits: string): boolean {
  const sum = Array.from(digits).reduce((total, character, i) => {
    const value = Number(character) * (i % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  const day = Number.parseInt(digits.slice(4, 6), 10) % 60; // a coordination number adds 60 to the day
  return (
    digits.length === 10 &&
    sum % 10 === 0 &&
    isDay(Number.parseInt(digits.slice(2, 4), 10), String(day).padStart(2, "0"))
  );
}

const ODD_VALUES = "1 0 5 7 9 13 15 17 19 21 2 4 18 20 11 3 6 8 12 14 16 10 22 25 24 23".split(" ").map(Number);

/** Italy, codice fiscale: a letter, modulo 26, odd places by a table of their own. */
export function isCodiceFiscale(characters: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = characters.charCodeAt(i);
    const value = code <= 0x39 ? code - 0x30 : code - 0x41;
    sum += i % 2 === 0 ? (ODD_VALUES[value] ?? 0) : value;
  }
  return characters.charCodeAt(15) === 0x41 + (sum % 26);
}

/** The multiplication table of the dihedral group of order 10, and the permutation of Verhoeff's scheme. */
const PRODUCTS = [
  "0123456789",
  "1234067895",
  "2340178956",
  "3401289567",
  "4012395678",
  "5987604321",
  "6598710432",
  "7659821043",
  "8765932104",
  "9876543210",
];
const PERMUTATIONS = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258",
];

/** India, Aadhaar: Verhoeff's scheme. */
export function isVerhoeff(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    const permuted = digitAt(PERMUTATIONS[i % 8] ?? "", digitAt(digits, digits.length - 1 - i));
    check = digitAt(PRODUCTS[check] ?? "", permuted);
  }
  return check === 0 && !isOneDigit(digits);
}

function weighted(digits: string, weight: (index: number) => number): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += digitAt(digits, i) * weight(i);
  return sum;
}

function digitAt(digits: string, index: number): number {
  return digits.charCodeAt(index) - 0x30;
}

function isOneDigit(digits: string): boolean {
  for (let i = 1; i < digits.length; i++) if (digits.charCodeAt(i) !== digits.charCodeAt(0)) return false;
  return true;
}

function isDay(month: number, day: string): boolean {
  const number = Number.parseInt(day, 10);
  return month >= 1 && month <= 12 && number >= 1 && number <= 31;
}
