export {
  createFileCursorStore,
  type CursorStore,
  type FileCursorStoreOptions,
  type StoredCursor,
} from "./cursor-store.ts";
export { forgetConsumer } from "./forget-consumer.ts";
export { createJournalBoundary, type JournalBoundary, type MarkedJournal } from "./journal-boundary.ts";
export { adjoiningBytes, lineBytes } from "./disk-line.ts";
export type { EntryPlace } from "./delivery-entry.ts";
export { DELIVERY_DEFAULTS } from "./delivery-settings.ts";
export * from "./error-codes.ts";
export {
  createJournaledDelivery,
  type JournaledDelivery,
  type JournaledDeliveryOptions,
  type JournaledDeliveryReport,
} from "./journaled-delivery.ts";
export * from "./position.ts";
export { createReadMemory, type ReadMemory } from "./read-memory.ts";
export type { ClaimLease, ConsumerLease, FreeSlots } from "./slot-drain.ts";
export { createStreamFilter, type StreamFilter, type StreamFilterOptions, type WantedValue } from "./stream-filter.ts";
export * from "./stream-item.ts";
export {
  subscribe,
  type StreamDiagnostics,
  type StreamSource,
  type StreamStart,
  type SubscribeOptions,
  type Subscription,
  type SubscriptionState,
} from "./subscribe.ts";
export { SUBSCRIPTION_DEFAULTS } from "./subscription-settings.ts";
export { Watermark, type WatermarkEntry } from "./watermark.ts";
