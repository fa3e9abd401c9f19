import { errorCode } from "@plumbline/core";
import { broken, BrokenRule, must } from "./contract-case.ts";

/** Fails unless `call` rejects, with one of the codes where some are given. Resolves with what it rejected with. */
export async function expectRefusal(
  what: string,
  codes: readonly string[] | undefined,
  call: () => Promise<unknown>,
): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    if (error instanceof BrokenRule) throw error; // no refusal of the plugin's: the suite found something on the way
    const code = errorCode(error);
    must(codes === undefined || codes.includes(code), `${what} rejected with ${code}, and not ${codes?.join(" or ")}`);
    return error;
  }
  throw broken(`${what} resolved`);
}
