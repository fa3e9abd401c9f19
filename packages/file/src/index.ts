export { FILE_ERRORS, type FileErrorCode } from "./error-codes.ts";
export type { FileDriver, FileFacts } from "./file-driver.ts";
export type { FileCounts } from "./file-log.ts";
export { createFileSink, type FileFlushOptions, type FileSink, type FileSinkReport } from "./file-sink.ts";
export { createNodeFileDriver } from "./node-file-driver.ts";
export type { FileState } from "./open-file.ts";
export { FILE_DEFAULTS, type FileDiagnostics, type FileSinkOptions, type RotateOptions } from "./options.ts";
