import { PlumblineError } from "@plumbline/core";
import { FILE_ERRORS, fileError, type FileErrorCode } from "./error-codes.ts";

const BY_SYSTEM_CODE: ReadonlyMap<string, FileErrorCode> = new Map<string, FileErrorCode>([
  ["ENOSPC", "PLB_FILE_DISK_FULL"],
  ["EDQUOT", "PLB_FILE_DISK_FULL"],
  ["EFBIG", "PLB_FILE_TOO_BIG"],
  ["EACCES", "PLB_FILE_NO_ACCESS"],
  ["EPERM", "PLB_FILE_NO_ACCESS"],
  ["EROFS", "PLB_FILE_NO_ACCESS"],
  ["EISDIR", "PLB_FILE_IS_DIRECTORY"],
  ["ENOTDIR", "PLB_FILE_NOT_A_DIRECTORY"],
  ["EEXIST", "PLB_FILE_NOT_A_DIRECTORY"],
  ["ENAMETOOLONG", "PLB_FILE_PATH_TOO_LONG"],
]);

/** The system's code of an error (`ENOSPC`), where it has one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The coded error for a failure of the system, with what was being done. */
export function fromSystem(
  error: unknown,
  fallback: "PLB_FILE_OPEN_FAILED" | "PLB_FILE_WRITE_FAILED" | "PLB_FILE_OWNERSHIP_FAILED",
  path: string,
): PlumblineError {
  if (PlumblineError.isInstance(error)) return error;
  const system = systemCode(error);
  const code = (system === undefined ? undefined : BY_SYSTEM_CODE.get(system)) ?? fallback;
  return fileError(code, {
    message: `${FILE_ERRORS[code].summary} (${system ?? "unknown"}: ${path})`,
    cause: error,
    details: { path, systemCode: system },
  });
}

/** Whether what was to be made is there already. */
export function isThere(error: unknown): boolean {
  return systemCode(error) === "EEXIST";
}
