/** The paths that stay as they are. */
export interface PathRules {
  readonly size: number;
  allows(path: readonly string[]): boolean;
}

/** `user.id` covers the names `user` and `id`, one below the other, and the one name `user.id`. `*` stands for one name. */
export function createPathRules(allowed: readonly string[]): PathRules {
  const exact = new Set(allowed.filter((path) => !path.split(".").includes("*")));
  const patterns = allowed.filter((path) => !exact.has(path)).map((path) => path.split("."));
  return {
    size: allowed.length,
    allows(path) {
      if (exact.size > 0 && exact.has(path.join("."))) return true;
      return patterns.some((pattern) => {
        return pattern.length === path.length && pattern.every((part, i) => part === "*" || part === path[i]);
      });
    },
  };
}
