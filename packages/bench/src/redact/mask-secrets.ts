/** secretlint's masking of a text by its recommended rules, in memory. */
export async function openMaskSecrets(): Promise<(text: string) => Promise<string>> {
  const [{ lintSource }, { creator }] = await Promise.all([
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
  ]);
  const rules = [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator }];
  return async (text) => {
    const { sourceContent } = await lintSource({
      source: { content: text, filePath: "line.log", ext: ".log", contentType: "text" },
      options: { config: { rules }, maskSecrets: true, noPhysicFilePath: true },
    });
    return sourceContent ?? text;
  };
}
