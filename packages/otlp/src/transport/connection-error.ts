import { errorCode, PlumblineError } from "@plumbline/core";
import { otlpError } from "../otlp-error.ts";

/** Codes of a certificate or a handshake that was not accepted. Source: OpenSSL, and Node's "X509 certificate error codes". */
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|EPROTO)/;

/** The coded error for a connection that failed. What Node says is left out: it may hold headers, and the address with its credentials. */
export function connectionError(error: unknown, host: string): PlumblineError {
  if (PlumblineError.isInstance(error)) return error;
  const code = errorCode(error);
  const details = { host, code };
  if (TLS_CODE.test(code)) {
    return otlpError("PLB_OTLP_TLS", { message: `The TLS connection to ${host} was not made (${code}).`, details });
  }
  if (isProxyFailure(error)) {
    return otlpError("PLB_OTLP_PROXY", { message: `The proxy gave no way to ${host} (${code}).`, details });
  }
  return otlpError("PLB_OTLP_UNREACHABLE", {
    message: `${host} could not be reached, or did not answer to the end (${code}).`,
    details,
  });
}

function isProxyFailure(error: unknown): boolean {
  return error instanceof Error && /proxy/i.test(error.message) && !("syscall" in error);
}
