export * from "./error-codes.ts";
export * from "./position.ts";
export * from "./stream-filter.ts";
export * from "./stream-item.ts";
export * from "./subscribe.ts";
