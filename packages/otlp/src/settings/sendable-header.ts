import { validateHeaderName, validateHeaderValue } from "node:http";

/** Whether a header can be sent. Source: RFC 9110, section 5. */
export function isSendableHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false; // the error quotes the value
  }
}
