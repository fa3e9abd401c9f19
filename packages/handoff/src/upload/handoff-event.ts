import type { PickupGuarantee, PublishOutcome, VerificationLevel } from "@plumbline/core";

/** What happens to a file on its way. */
export type HandoffEvent =
  | {
      readonly kind: "begun";
      readonly name: string;
      readonly size: number;
      readonly guarantee: PickupGuarantee;
      readonly evidence: readonly string[];
    }
  /** Bytes that have gone so far; for each chunk. */
  | { readonly kind: "progress"; readonly name: string; readonly size: number; readonly sent: number }
  | {
      readonly kind: "delivered";
      readonly name: string;
      readonly size: number;
      readonly sha256: string;
      /** `reconciled`: an earlier run had published it, and could not know. */
      readonly outcome: PublishOutcome | "reconciled";
      readonly verified: VerificationLevel;
      readonly guarantee: PickupGuarantee;
    }
  /** It changed on the way; nothing became visible, and it is judged again. */
  | { readonly kind: "changed"; readonly name: string; readonly message: string }
  | {
      readonly kind: "retry";
      readonly name: string;
      readonly code: string;
      readonly message: string;
      readonly attempt: number;
      readonly delayMs: number;
    }
  | {
      readonly kind: "aside";
      readonly name: string;
      readonly code: string;
      readonly message: string;
      /** Whether those behind it wait for it, since their order matters. */
      readonly isHolding: boolean;
    }
  /** It was delivered, and what was to become of it here failed; it stays. */
  | { readonly kind: "unsettled"; readonly name: string; readonly code: string };
