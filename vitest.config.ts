import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

/**
 * One inline project per workspace: `npx vitest run --project core`.
 *
 * Unit tests resolve our own packages to their sources. Only `ssr.resolve.conditions` on the project itself does that: `resolve.conditions`
 * is not read for server code, and settings at the root do not reach projects given as globs.
 *
 * A `*.process.test.ts` starts real processes or workers. Node 20 cannot load TypeScript, so those start `dist`: `npm test` compiles first.
 */
const workspaces = ["packages", "examples"].flatMap((group) =>
  readdirSync(group)
    .filter((name) => existsSync(`${group}/${name}/test`))
    .map((name) => ({ name, root: `${group}/${name}` })),
);

/**
 * Without `module`, which is for bundlers: Node would be told of it too, and load builds that it cannot read (those of @opentelemetry/api, when
 * the OpenTelemetry SDK asks for it).
 */
const conditions = ["@plumbline/source", ...defaultServerConditions.filter((condition) => condition !== "module")];

export default defineConfig({
  test: {
    // As many as there are cores: the default leaves one idle, which on two cores is half of them.
    maxWorkers: availableParallelism(),
    // A worker loads our sources once and not for every file: a quarter of the time. What a test leaves behind, the next one meets.
    isolate: false,
    projects: workspaces.map(({ name, root }) => ({
      extends: true as const,
      root,
      ssr: { resolve: { conditions } },
      test: {
        name,
        include: ["test/**/*.test.ts"],
        testTimeout: 30_000,
        hookTimeout: 30_000,
        // What is polled for comes at once, or late where the disk or the machine stands still for a while, as they do; a second would be a guess at how long.
        expect: { poll: { timeout: 20_000, interval: 10 } },
      },
    })),
    passWithNoTests: false,
  },
});
