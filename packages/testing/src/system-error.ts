import { constants } from "node:os";

/** An error as Node makes it of a failed system call. */
export function createSystemError(code: string, syscall: string): NodeJS.ErrnoException {
  const errno = (constants.errno as Readonly<Record<string, number | undefined>>)[code];
  const error: NodeJS.ErrnoException = new Error(`${code}: injected fault, ${syscall}`);
  error.code = code;
  error.syscall = syscall;
  if (errno !== undefined) error.errno = -errno;
  return error;
}
