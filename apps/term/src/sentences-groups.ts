/* What is said of refusals in groups. */
import type { Saying } from "./device-sentences.ts";
import { ExitCode } from "./exit-code.ts";

/** By code. */
export const GROUP_SAYINGS: Readonly<Record<string, Saying>> = {
  "client/not-your-role": {
    say: "Your role in this group does not allow that. `./chapar group members` shows who may.",
    exit: ExitCode.refused,
  },
  "client/unlawful-change": {
    say: "A member made a change that is not theirs to make; it does not count. Writing goes on once the group's founder is online.",
    exit: ExitCode.unavailable,
  },
  "client/awaits-key": {
    say: "The group's weekly key has not reached this device. It asks the others to let it in again; nothing is lost.",
    exit: ExitCode.unavailable,
  },
  "client/last-owner": {
    say: "You are the only owner. Make somebody else owner first, with `./chapar group role`.",
    exit: ExitCode.refused,
  },
  "client/too-many-links": {
    say: "This group has as many open links as it can hold. End one with `./chapar group revoke-link`.",
    exit: ExitCode.refused,
  },
  "client/too-many-writers": {
    say: "This channel has as many writers as it can have. Make one of them a reader with `./chapar channel reader`.",
    exit: ExitCode.refused,
  },
  "client/no-group": { say: "That conversation is between two people, not a group.", exit: ExitCode.badInput },
  "client/bad-title": {
    say: "A group's name has 1 to 64 characters on one line. Choose another.",
    exit: ExitCode.badInput,
  },
};
