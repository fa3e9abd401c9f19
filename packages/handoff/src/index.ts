export { checkOwner, CONTROL_FOLDER, parseDeliveryName } from "./delivery-name.ts";
export { digestFile } from "./digest-file.ts";
export { createDirectoryDestination, directory, MARKER_ENDING } from "./directory/directory-destination.ts";
export type { DirectoryOptions } from "./directory/directory-options.ts";
export { HANDOFF_ERRORS } from "./error-codes.ts";
export { handoffError } from "./handoff-error.ts";
export * from "./manifest.ts";
