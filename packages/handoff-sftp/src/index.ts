export { SFTP_ERRORS } from "./error-codes.ts";
export { createSftpDestination, sftp } from "./sftp-destination.ts";
export type { SftpOptions, SftpSettings } from "./sftp-options.ts";
