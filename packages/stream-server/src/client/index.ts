export { StreamClientError } from "./client-error.ts";
export type * from "./client-item.ts";
export {
  FOLLOW_DEFAULTS,
  type ClientFilter,
  type ClientRetryOptions,
  type ClientState,
  type ClientTimers,
  type FollowOptions,
} from "./client-options.ts";
export { followStream, type StreamFollower } from "./follow-stream.ts";
