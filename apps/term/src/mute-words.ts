/* For how long a chat is muted, as it is written on a command line and in the chat. */
import type { MuteFor } from "@chapar/client";
import { TermError } from "./errors.ts";

/** Every way to say it. */
export const MUTES: readonly MuteFor[] = ["off", "1h", "8h", "2d", "always"];

/** Reads one. @throws TermError `term/usage` */
export function muteFor(text: string): MuteFor {
  const found = MUTES.find((one) => one === text);
  if (found === undefined)
    throw new TermError("term/usage", {
      problem: `A chat is muted for one of ${MUTES.join(", ")}.`,
      command: "chats mute ",
    });
  return found;
}
