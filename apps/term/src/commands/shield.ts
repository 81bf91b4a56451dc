/* `shield`: the profile of who has to fear that a running station is seized, or that somebody listens at the line. */
import type { Client } from "@chapar/client";
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";

const RELAYS = [
  "No relay is known: the station and the network still see this device's address on every link.",
  "They go through one relay: the station does not see this device's address, the relay does.",
  "They go through two relays, neither of which knows both this device and the station.",
] as const;

async function tell(run: Run, client: Client): Promise<ExitCode> {
  const { on, relays } = await client.ways.shield();
  const words = on
    ? `The shield is on: each room has a link of its own. ${RELAYS[relays] ?? ""}`.trimEnd()
    : "The shield is off: one link carries everything, and letters are fast.";
  run.out.result({ event: "shield", on, relays }, words);
  return ExitCode.ok;
}

/** Tells or changes it. */
export async function shield(run: Run, choice: "on" | "off" | undefined): Promise<ExitCode> {
  await using profile = await openJoined(run);
  if (choice !== undefined) await profile.client.ways.setShield(choice === "on");
  return await tell(run, profile.client);
}
