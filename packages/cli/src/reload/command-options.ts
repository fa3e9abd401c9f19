import type { ListenAddress } from "./listen-address.ts";
import type { LogFormat, LogLevel } from "./event-log.ts";
import type { ConfigDirectory } from "./sidecar-options.ts";
import type { VariableSyntax } from "./substitute.ts";

/** The options of `plumbline reload` as the command line gives them; commander has parsed each by itself. */
export interface ReloadCommandOptions {
  readonly configFile?: string;
  readonly configEnvsubstFile?: string;
  readonly configDir?: readonly ConfigDirectory[];
  readonly watchedDir?: readonly string[];
  readonly variableSyntax: VariableSyntax;
  readonly tolerateMissingVariables?: boolean;
  readonly statefulsetOrdinalFromEnvvar?: string;
  readonly outputMode: number;
  readonly lastGood?: string | false;
  readonly validate?: readonly string[];
  readonly validateEach?: readonly string[];
  readonly validateTimeout: number;
  readonly reloadUrl?: string;
  readonly reloadMethod?: string;
  readonly reloadHeader?: Readonly<Record<string, string>>;
  readonly reloadStatus?: readonly number[];
  readonly refusedStatus?: readonly number[];
  readonly runtimeInfoUrl?: string;
  readonly basicAuthUser?: string;
  readonly basicAuthPasswordFile?: string;
  readonly bearerFile?: string;
  readonly tlsCaFile?: string;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  readonly tlsServerName?: string;
  readonly tlsSkipVerify?: boolean;
  readonly processName?: string;
  readonly pid?: number;
  readonly pidfile?: string;
  readonly signal?: NodeJS.Signals;
  readonly command?: readonly string[];
  readonly refusedExitCode?: readonly number[];
  readonly watchInterval: number;
  readonly delayInterval: number;
  readonly retryInterval: number;
  readonly maxRetryInterval: number;
  readonly reloadTimeout: number;
  readonly maxRefusals: number;
  readonly listenAddress?: ListenAddress;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
}
