import { ALNUM, BASE64_SIGN, BASE64_URL, DOT } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn } from "../word-start.ts";

/** Behind each of these the path of an address is the secret. */
const ADDRESSES: readonly string[] = [
  "hooks.slack.com/services/",
  "hooks.slack.com/workflows/",
  "hooks.slack.com/triggers/",
  "discord.com/api/webhooks/",
  "discordapp.com/api/webhooks/",
  "webhook.office.com/webhookb2/",
  "hooks.zapier.com/hooks/catch/",
  "chat.googleapis.com/v1/spaces/",
  "api.telegram.org/bot",
  "maker.ifttt.com/trigger/",
];

const MIN_LENGTH = 20;

/** The characters of a token, and the others that base64 has. */
const PATH: number = BASE64_URL | BASE64_SIGN | DOT;

/** Addresses that let whoever knows them post. */
export const webhookDetector: TextDetector = {
  id: "webhook-url",
  group: "vendor-tokens",
  description:
    "The secret path of webhook addresses (Slack, Discord, Teams, Zapier, Google Chat, IFTTT) and of Telegram's bot API",
  anchors: ADDRESSES,
  match: matchAddress,
  examples: () => ({
    catches: ADDRESSES.map((address) => `https://${address}${"T0Ab/".repeat(6)}`),
    leaves: ADDRESSES.map((address) => `https://${address}`),
  }),
};

function matchAddress(scan: Scan, at: number): boolean {
  const address = ADDRESSES.find((candidate) => scan.startsWith(candidate, at));
  if (address === undefined || goesOn(scan, at, ALNUM)) return false;
  const start = at + address.length;
  let i = scan.skip(start, PATH, scan.text.length);
  while (isPathSign(scan.code(i))) i = scan.skip(i + 1, PATH, scan.text.length);
  return i - start >= MIN_LENGTH && scan.found(start, i);
}

/** `@ ? = & : %` stand in such paths beside them. */
function isPathSign(code: number): boolean {
  return code === 0x40 || code === 0x3f || code === 0x3d || code === 0x26 || code === 0x3a || code === 0x25;
}
