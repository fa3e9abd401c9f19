import type { Plugin } from "@plumbline/core";
import type { S3ConnectionOptions } from "./s3-options.ts";

type Schema<Options> = NonNullable<Plugin<"destination" | "pickup", Options>["options"]>;

/** Refuses half of a key: where it was left out, another one than the one that was meant would be found in the environment. Never quotes one. */
export function withWholeCredentials<Options extends S3ConnectionOptions>(schema: Schema<Options>): Schema<Options> {
  return {
    "~standard": {
      ...schema["~standard"],
      async validate(input) {
        const result = await schema["~standard"].validate(input);
        if (result.issues) return result;
        const { accessKeyId, secretAccessKey, sessionToken } = result.value;
        const isAsked = [accessKeyId, secretAccessKey, sessionToken].some((part) => part !== undefined);
        const missing = Object.entries({ accessKeyId, secretAccessKey }).filter(([, part]) => part === undefined);
        if (!isAsked || missing.length === 0) return result;
        return {
          issues: missing.map(([name]) => ({
            path: [name],
            message: "expected a text beside the rest of the credentials",
          })),
        };
      },
    },
  };
}
