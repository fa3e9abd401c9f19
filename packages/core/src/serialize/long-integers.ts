/** The same JSON text with every plain integer beyond ±2^53, which `JSON.parse` would round, as `{"$int":"…"}`. */
export function tagLongIntegers(json: string): string {
  let out = "";
  let done = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === 34) {
      at = stringEnd(json, at);
    } else if (code === 45 || (code >= 48 && code <= 57)) {
      const end = numberEnd(json, at);
      const token = json.slice(at, end);
      if (/^-?[0-9]{16,}$/.test(token) && !Number.isSafeInteger(Number(token))) {
        out += `${json.slice(done, at)}{"$int":"${token}"}`;
        done = end;
      }
      at = end - 1;
    }
  }
  return done === 0 ? json : out + json.slice(done);
}

/** The offset of the quote that ends the string that begins at `at`, or the end of the text. */
function stringEnd(json: string, at: number): number {
  let i = at + 1;
  for (; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === 34) return i;
    if (code === 92) i += 1;
  }
  return i;
}

function numberEnd(json: string, at: number): number {
  let i = at + 1;
  for (; i < json.length; i++) {
    const code = json.charCodeAt(i);
    const inNumber =
      (code >= 48 && code <= 57) || code === 46 || code === 43 || code === 45 || code === 69 || code === 101;
    if (!inNumber) break;
  }
  return i;
}
