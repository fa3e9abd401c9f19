/** The polynomial of CRC-64/NVME, bits reversed. Source: NVM Express NVM Command Set specification, 64b CRC. */
const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const ONES = 0xffffffffffffffffn;

const TABLE = Array.from({ length: 256 }, (_, index) => {
  let rest = BigInt(index);
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1n) === 1n ? (rest >> 1n) ^ POLYNOMIAL : rest >> 1n;
  return rest;
});

/** CRC-64/NVME as S3 has it, in base64. As the definition has it, not as the hand-off computes it: one checks the other. */
export function crc64nvme(bytes: Uint8Array): string {
  let rest = ONES;
  for (const byte of bytes) rest = (TABLE[Number(rest & 0xffn) ^ byte] ?? 0n) ^ (rest >> 8n);
  const digest = Buffer.alloc(8);
  digest.writeBigUInt64BE(rest ^ ONES);
  return digest.toString("base64");
}
