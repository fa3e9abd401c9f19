import { gunzip } from "node:zlib";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** What an unpacked file may have: a few bytes can stand for gigabytes. */
const MAX_UNPACKED_BYTES = 67_108_864;

/** The content, unpacked when it begins as gzip does. Rejects with `PLB_CLI_RELOAD_PACKED`. Source: RFC 1952, 2.3.1. */
export function unpack(content: Buffer, path: string, maxBytes: number = MAX_UNPACKED_BYTES): Promise<Buffer> {
  if (content[0] !== 0x1f || content[1] !== 0x8b) return Promise.resolve(content);
  return new Promise((resolve, reject) => {
    gunzip(content, { maxOutputLength: maxBytes }, (error, unpacked) => {
      if (error === null) resolve(unpacked);
      else reject(notUnpacked(path, error, maxBytes));
    });
  });
}

function notUnpacked(path: string, cause: Error, maxBytes: number): Error {
  const code = errorCode(cause);
  const why = code === "ERR_BUFFER_TOO_LARGE" ? `it is more than ${maxBytes} bytes` : code;
  const message = `${path} begins as gzip does and could not be unpacked: ${why}.`;
  return cliError("PLB_CLI_RELOAD_PACKED", { message, cause, details: { path, code } });
}
