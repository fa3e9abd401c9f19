import { definePlugin, type Plugin } from "@plumbline/core";
import { S3StandIn, type StandInAbility } from "@plumbline/stand-ins";
import type { DestinationFixture } from "@plumbline/testing";
import { createS3Destination, s3, type S3DestinationOptions } from "../src/index.ts";

export const PART_BYTES = 128 * 1024;
export const PREFIX = "logs/";

/** The plugin with parts that are smaller than Amazon's smallest, so that a test needs few bytes for many of them. */
export const s3InSmallParts: Plugin<"destination", S3DestinationOptions> = definePlugin({
  ...s3,
  create: (options, context) => createS3Destination({ ...options, partBytes: PART_BYTES }, context),
});

/** A stand-in that is a far side, and what somebody there sees. */
export interface StandInFixture extends DestinationFixture {
  readonly server: S3StandIn;
  readonly options: Readonly<Record<string, unknown>> & { readonly bucket: string };
}

export async function createStandInFixture(
  options: Readonly<Record<string, unknown>> = {},
  ability: Partial<StandInAbility> = {},
): Promise<StandInFixture> {
  const server = new S3StandIn(ability);
  const place = await server.listen();
  const control = `${PREFIX}.plumbline-handoff/`;
  const keysBelow = (prefix: string): readonly string[] =>
    [...server.objects.keys()].filter((key) => key.startsWith(prefix));
  return {
    server,
    options: { bucket: "", ...place, prefix: PREFIX, ...options },
    visible: () =>
      keysBelow(PREFIX)
        .filter((key) => !key.startsWith(control))
        .map((key) => key.slice(PREFIX.length)),
    read: (name) => server.objects.get(PREFIX + name)?.bytes,
    put: (name, content) => server.put(PREFIX + name, content),
    staged: () => server.uploads.size + keysBelow(`${control}staging/`).length,
    close: () => server.close(),
  };
}
