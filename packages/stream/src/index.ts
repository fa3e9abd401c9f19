export { lineBytes } from "./disk-line.ts";
export * from "./error-codes.ts";
export * from "./position.ts";
export { createStreamFilter, type StreamFilter, type StreamFilterOptions, type WantedValue } from "./stream-filter.ts";
export * from "./stream-item.ts";
export * from "./subscribe.ts";
