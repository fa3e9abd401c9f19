export { type Extension, FarFiles } from "./far-files.ts";
export { type Fault, FarServer, flippingProxy, PASSWORD } from "./far-server.ts";
export { damagePart, type Fault as S3Fault, type Operation, S3StandIn, type SeenRequest } from "./s3-stand-in.ts";
export { refuse } from "./stand-in-answers.ts";
export { digest, type StandInAbility } from "./stand-in-objects.ts";
export { createKeyPair, fingerprintOf, HOST_KEY, type SshKeyPair, USER_KEY } from "./ssh-keys.ts";
