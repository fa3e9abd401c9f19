// The public surface of a package, as a reviewed file per entry: `node scripts/checks/api-report.mjs FOLDER [--update]`, after a build.
// Fails where `etc/<entry>.api.md` is not what the package exports now; `npm run api:update` writes it anew.
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { report } from "../lib/report.mjs";

const folder = resolve(process.argv[2] ?? ".");
const update = process.argv.includes("--update");
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const entries = Object.entries(manifest.exports).filter(([, conditions]) => typeof conditions === "object");
const reportFolder = join(folder, "etc");
mkdirSync(reportFolder, { recursive: true });

const problems = [];
for (const [entry, conditions] of entries) {
  const reportFileName = `${entry === "." ? "index" : entry.replace("./", "").replaceAll("/", "-")}.api.md`;
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(folder, "package.json"),
    configObjectFullPath: join(folder, "api-extractor.json"),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, conditions.types),
      newlineKind: "lf",
      compiler: { overrideTsconfig: compilerConfig() },
      apiReport: {
        enabled: true,
        reportFileName,
        reportFolder,
        reportTempFolder: join(folder, "temp"),
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        // Release tags are not used: what a package exports is public. That a public name has a docstring is for review.
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Error },
          "ae-missing-release-tag": { logLevel: ExtractorLogLevel.None },
          "ae-unresolved-link": { logLevel: ExtractorLogLevel.None },
          "ae-forgotten-export": { logLevel: ExtractorLogLevel.None },
          "ae-undocumented": { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const result = Extractor.invoke(config, {
    localBuild: update,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error)
        problems.push(`${manifest.name} ${entry}: ${message.formatMessageWithLocation(folder)}`);
    },
  });
  if (result.apiReportChanged) {
    if (update) console.log(`wrote etc/${reportFileName}`);
    else
      problems.push(
        `${manifest.name} ${entry}: exports something else than etc/${reportFileName} says; if that is meant, npm run api:update`,
      );
  }
}
report(`the public surface of ${manifest.name}`, problems);

/** The declarations are read as a consumer's compiler would read them: compiled, not from the sources. */
function compilerConfig() {
  return {
    compilerOptions: {
      target: "es2023",
      lib: ["es2023", "esnext.disposable"],
      types: ["node"],
      module: "nodenext",
      strict: true,
      skipLibCheck: true,
    },
    files: entries.map(([, conditions]) => join(folder, conditions.types)),
  };
}
