import type { Contender } from "./contender.ts";
import { floor } from "./contenders/floor.ts";
import { logtapeContenders } from "./contenders/logtape.ts";
import { pinoContenders } from "./contenders/pino.ts";
import { plumblineContenders } from "./contenders/plumbline.ts";
import { winstonContenders } from "./contenders/winston.ts";

/** Everyone who takes part in `npm run bench -- emit`; ours with its default redaction first, as the ratios' base. */
export const EMIT_CONTENDERS: readonly Contender[] = [
  ...plumblineContenders,
  floor,
  ...pinoContenders,
  ...logtapeContenders,
  ...winstonContenders,
];
