/* How parts of a group's sheet do something. */
import type { GroupCalls } from "../state/client-types.ts";

/** Does it, shows what came of it, or why it did not. */
export type Act = (work: (groups: GroupCalls) => Promise<unknown>) => void;
