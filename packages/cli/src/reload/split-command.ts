/**
 * The words of a command, as a shell would read plain ones: quotes and backslashes hold a word together, nothing is expanded. `undefined` when a quote is not
 * closed, or there is no word. No shell is needed where the sidecar runs, and none can be told anything by a path.
 */
export function splitCommand(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === "\\" && quote !== "'") {
      index++;
      if (index >= text.length) return undefined;
      word = `${word ?? ""}${text.charAt(index)}`;
    } else if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word = `${word ?? ""}${character}`;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = `${word ?? ""}${character}`;
    }
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words.length === 0 || words[0] === "" ? undefined : words;
}
