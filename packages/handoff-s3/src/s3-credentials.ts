import type { Plugin } from "@plumbline/core";
import { s3Error } from "./s3-failures.ts";
import type { S3ConnectionOptions } from "./s3-options.ts";

type Schema<Options> = NonNullable<Plugin<"destination" | "pickup", Options>["options"]>;
type Credentials = Pick<S3ConnectionOptions, "accessKeyId" | "secretAccessKey" | "sessionToken">;

/** The names of what a key lacks that was given in part: where that counted as none, another one than the one that was meant would be found in the environment. */
function missingCredentials({ accessKeyId, secretAccessKey, sessionToken }: Credentials): readonly string[] {
  if ([accessKeyId, secretAccessKey, sessionToken].every((part) => part === undefined)) return [];
  return Object.entries({ accessKeyId, secretAccessKey })
    .filter(([, part]) => part === undefined || part === "")
    .map(([name]) => name);
}

/** Throws `PLB_S3_OPTIONS_INVALID` for a part of a key. Never quotes one. */
export function expectWholeCredentials(given: Credentials): void {
  const missing = missingCredentials(given);
  if (missing.length === 0) return;
  throw s3Error("PLB_S3_OPTIONS_INVALID", {
    message: `The credentials for S3 lack ${missing.join(" and ")}: give the whole of them, or none.`,
    details: { missing },
  });
}

/** Refuses a part of a key, as `expectWholeCredentials` does. */
export function withWholeCredentials<Options extends S3ConnectionOptions>(schema: Schema<Options>): Schema<Options> {
  return {
    "~standard": {
      ...schema["~standard"],
      async validate(input) {
        const result = await schema["~standard"].validate(input);
        if (result.issues) return result;
        const missing = missingCredentials(result.value);
        if (missing.length === 0) return result;
        return {
          issues: missing.map((name) => ({
            path: [name],
            message: "expected a text beside the rest of the credentials",
          })),
        };
      },
    },
  };
}
