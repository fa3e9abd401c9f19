import { sdkError } from "./error-codes.ts";
import type { SystemPlan } from "./system-plan.ts";

/** Throws `PLB_ASSERT_FAILED` where an assertion of a component does not hold: nothing is to be started then. */
export function checkAsserts({ components }: Pick<SystemPlan, "components">): void {
  for (const component of components) {
    if (!component.isWired || component.failedAssert === undefined) continue;
    const { path, failedAssert: reason } = component;
    throw sdkError("PLB_ASSERT_FAILED", {
      message: `${path} asserts what does not hold here: ${reason}.`,
      details: { component: path, reason },
    });
  }
}
