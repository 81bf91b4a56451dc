/* After how long without a key the chat locks: `--lock-after`, else CHAPAR_LOCK_AFTER, in minutes; never, when neither says. */
import { TermError } from "../errors.ts";

const MS = 60_000;
const MOST_MINUTES = 1_440;

/** @returns undefined for never. @throws TermError `term/usage` */
export function idleMsOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "" || text === "off") return undefined;
  const minutes = /^\d{1,4}$/u.test(text) ? Number(text) : 0;
  if (minutes < 1 || minutes > MOST_MINUTES)
    throw new TermError("term/usage", {
      problem: "A time to lock after is 1 to 1440 minutes, or off.",
      command: "chat ",
    });
  return minutes * MS;
}

/** Acts once nobody has touched anything for so long. @param ms  undefined: never */
export function whenIdle(ms: number | undefined, act: () => void): { touched(): void; stop(): void } {
  const timer = ms === undefined ? undefined : setTimeout(act, ms);
  return { touched: () => timer?.refresh(), stop: () => clearTimeout(timer) };
}
