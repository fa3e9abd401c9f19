/** The error catalogue of `@plumbline/handoff-s3`. What every destination may raise stands in that of `@plumbline/handoff`. */
export const S3_ERRORS = {
  PLB_S3_OPTIONS_INVALID: {
    summary: "A destination or pick-up in a bucket was given options that do not fit.",
    why: "The message names the options. A part of a key is not left out: another identity than the one that was meant might be found in the environment.",
    mend: "Give `accessKeyId` and `secretAccessKey`, or neither of them nor `sessionToken`.",
  },
  PLB_S3_REFUSED: {
    summary: "S3 refused a request for good.",
    why: "The credentials are missing, wrong or not allowed to do this, or the bucket is not there or in another region.",
    mend: "See the step and the code that the message names. What has to be allowed stands in the README, under Permissions.",
  },
  PLB_S3_UNEXPECTED: {
    summary: "S3 answered in a way that nothing safe can be made of.",
    why: "It is neither a success nor a refusal that is known, and trying again would get the same answer.",
    mend: "See the step and the code that the message names, and what the server's log says of it.",
  },
  PLB_S3_TOO_LARGE: {
    summary: "A file has more bytes than its upload can have.",
    why: "An upload has at most 10,000 parts. Where the size is not known beforehand, the parts do not grow.",
    mend: "Raise `partBytes`.",
  },
} as const;
