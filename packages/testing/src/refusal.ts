import { errorCode } from "@plumbline/core";
import { broken, must } from "./contract-case.ts";

/** Fails unless `call` rejects, with one of the codes where some are given. Resolves with what it rejected with. */
export async function expectRefusal(
  what: string,
  codes: readonly string[] | undefined,
  call: () => Promise<unknown>,
): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    const code = errorCode(error);
    must(codes === undefined || codes.includes(code), `${what} rejected with ${code}, and not ${codes?.join(" or ")}`);
    return error;
  }
  throw broken(`${what} resolved`);
}
