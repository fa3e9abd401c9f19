import { airtableDetector } from "./detectors/airtable.ts";
import { authorizationDetector, bearerDetector } from "./detectors/authorization.ts";
import { connectionStringDetector } from "./detectors/connection-string.ts";
import { cookieDetector } from "./detectors/cookie.ts";
import { curlUserDetector } from "./detectors/curl-user.ts";
import { encodedDetector } from "./detectors/encoded.ts";
import { emailDetector } from "./detectors/email.ts";
import { ibanDetector } from "./detectors/iban.ts";
import { ipv4Detector, ipv6Detector } from "./detectors/ip-address.ts";
import { jwtDetector } from "./detectors/jwt.ts";
import { mailLoginDetector } from "./detectors/mail-login.ts";
import { markedTokenDetectors } from "./detectors/marked-tokens.ts";
import { nationalIdDetector } from "./detectors/national-id.ts";
import { paymentCardDetector } from "./detectors/payment-card.ts";
import { phoneDetector } from "./detectors/phone.ts";
import { privateKeyDetector } from "./detectors/private-key.ts";
import { urlPasswordDetector } from "./detectors/url-password.ts";
import { vendorTokenDetectors } from "./detectors/vendor-tokens.ts";
import { webhookDetector } from "./detectors/webhook.ts";
import type { DetectorGroup, TextDetector } from "./text-detector.ts";

/** The detectors that need nothing but the text. The one for names and their values is made with the names. */
export const PLAIN_DETECTORS: readonly TextDetector[] = [
  privateKeyDetector,
  authorizationDetector,
  bearerDetector,
  cookieDetector,
  urlPasswordDetector,
  connectionStringDetector,
  curlUserDetector,
  mailLoginDetector,
  jwtDetector,
  encodedDetector,
  ...vendorTokenDetectors,
  ...markedTokenDetectors,
  airtableDetector,
  webhookDetector,
  paymentCardDetector,
  ibanDetector,
  emailDetector,
  ipv4Detector,
  ipv6Detector,
  phoneDetector,
  nationalIdDetector,
];

/** What each group is for, and whether it is on when nothing is said. */
export const DETECTOR_GROUPS: Readonly<Record<DetectorGroup, { readonly on: boolean; readonly description: string }>> =
  {
    credentials: { on: true, description: "what lets its bearer in: passwords, keys, headers, tokens of any issuer" },
    "vendor-tokens": { on: true, description: "tokens that their vendor gave a fixed form" },
    financial: { on: true, description: "payment cards and bank accounts, by their check digits" },
    email: { on: false, description: "e-mail addresses" },
    ip: { on: false, description: "IPv4 and IPv6 addresses" },
    phone: { on: false, description: "telephone numbers that say that they are" },
    "national-id": { on: false, description: "national identity numbers that have a check digit" },
  };
