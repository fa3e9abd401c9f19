export { StreamClientError } from "./client/client-error.ts";
export type * from "./client/client-item.ts";
export {
  FOLLOW_DEFAULTS,
  type ClientFilter,
  type ClientRetryOptions,
  type ClientState,
  type ClientTimers,
  type FollowOptions,
} from "./client/client-options.ts";
export { followStream, type StreamFollower } from "./client/follow-stream.ts";
