/** Numbers in [0, 1), the same for the same seed. Source: George Marsaglia, "Xorshift RNGs", 2003, the 32-bit generator. */
export function createRandom(seed: number): () => number {
  // Zero is its fixed point; the multiplication sets neighbouring seeds apart.
  let state = Math.imul(Math.trunc(seed) | 0, 0x9e3779b1) || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 8; warmUp++) next();
  return next;
}
