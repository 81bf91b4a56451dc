/* What the doctor of a browser tells the apps. */
import type { ActionName, Finding, WayState } from "@chapar/carrier/doctor";

/** What a look around from this browser found (protocol/8-road.md §15). */
export interface LookView {
  /** first what explains most; never empty */
  readonly findings: readonly Finding[];
  /** what can be done */
  readonly action: ActionName;
  /** the ways that a browser can drive */
  readonly ways: readonly { readonly uri: string; readonly state: WayState }[];
  /** eight words to pass on; nothing in them says who or where */
  readonly code: string;
}
