export type { S3Checksum } from "./checksum.ts";
export type { S3DestinationOptions } from "./destination-options.ts";
export { S3_ERRORS } from "./error-codes.ts";
export type { S3PickupOptions } from "./pickup-options.ts";
export { createS3Destination, s3 } from "./s3-destination.ts";
export type { S3ConnectionOptions } from "./s3-options.ts";
export { createS3Pickup, s3Pickup } from "./s3-pickup.ts";
