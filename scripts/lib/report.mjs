/**
 * Ends a checker: prints each problem, and sets the exit code.
 *
 * @param {string} checked what was looked at, with its count
 * @param {readonly string[]} problems
 */
export function report(checked, problems) {
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? `${checked}: nothing wrong` : `${checked}: ${problems.length} wrong`);
  if (problems.length > 0) process.exitCode = 1;
}
