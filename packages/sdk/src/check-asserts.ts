import { sdkError } from "./error-codes.ts";
import type { SystemPlan } from "./system-plan.ts";

/** Throws `PLB_ASSERT_FAILED` where an assertion of a component does not hold. */
export function checkAsserts(plan: SystemPlan): void {
  for (const component of plan.components) {
    if (!component.isWired || component.failedAssert === undefined) continue;
    const { path, failedAssert: reason } = component;
    throw sdkError("PLB_ASSERT_FAILED", {
      message: `${path} asserts what does not hold here: ${reason}.`,
      details: { component: path, reason },
    });
  }
}
