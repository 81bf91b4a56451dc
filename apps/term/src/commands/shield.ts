/* `shield`: the profile of who has to fear that a running station is seized, or that somebody listens at the line. */
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";

const RELAYS = [
  "No relay is known: the station and the network still see this device's address on every link.",
  "They go through one relay: the station does not see this device's address, the relay does.",
  "They go through two relays, neither of which knows both this device and the station.",
] as const;

/** Tells it, after it was changed when that is asked for. */
export async function shield(run: Run, choice: "on" | "off" | undefined): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { ways } = profile.client;
  const { on, relays } = await (choice === undefined ? ways.shield() : ways.shield(choice === "on"));
  const words = on
    ? `The shield is on: each room has a link of its own. ${RELAYS[relays] ?? ""}`.trimEnd()
    : "The shield is off: one link carries everything, and letters are fast.";
  run.out.result({ event: "shield", on, relays }, words);
  return ExitCode.ok;
}
