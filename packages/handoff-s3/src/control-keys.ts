import { CONTROL_FOLDER, handoffError, manifestFileName, parseDeliveryName } from "@plumbline/handoff";

/** Source: Amazon S3, "Naming Amazon S3 objects": UTF-8, at most 1,024 bytes. */
const MOST_KEY_BYTES = 1024;

/** The keys of one destination. */
export interface ControlKeys {
  /** Prefix of the records of what is staged. */
  readonly staging: string;
  readonly manifests: string;
  /** The key of a final name. Throws `PLB_HANDOFF_NAME_UNSUITABLE`. */
  keyOf(name: string): string;
  manifestKey(id: string): string;
}

export function createControlKeys(prefix: string, control: string | undefined): ControlKeys {
  const own = control ?? `${prefix}${CONTROL_FOLDER}/`;
  const manifests = `${own}manifests/`;
  return {
    staging: `${own}staging/`,
    manifests,
    manifestKey: (id) => manifests + manifestFileName(id),
    keyOf(name) {
      parseDeliveryName(name);
      const key = prefix + name;
      const refuse = (why: string): Error =>
        handoffError("PLB_HANDOFF_NAME_UNSUITABLE", {
          message: `${JSON.stringify(name.slice(0, 300))} cannot be the name of a delivered file: ${why}.`,
          details: { name },
        });
      if (/\p{Cc}/u.test(key)) throw refuse("S3 cannot list a control character");
      if (Buffer.byteLength(key) > MOST_KEY_BYTES) throw refuse(`its key is longer than ${MOST_KEY_BYTES} bytes`);
      if (key.startsWith(own)) throw refuse(`${own} is kept for the hand-off itself`);
      return key;
    },
  };
}
