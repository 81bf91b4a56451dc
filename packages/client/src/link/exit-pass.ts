/* A pass to the home's exit (protocol/8-road.md P-84), which the home gives to the account that is shown on the link. */
import type { Home } from "./deferred-home.ts";

/** What asking needs of a joined profile. */
interface Asker {
  readonly home: Home;
  readonly member: { readonly events: { until(done: () => boolean, signal: AbortSignal): Promise<void> } };
}

/** Asks as soon as the home is reached. @throws WireError `station/not-allowed` when it has no exit; the signal's reason */
export async function askExitPass({ home, member }: Asker, signal: AbortSignal): Promise<Uint8Array> {
  for (;;) {
    await member.events.until(() => home.link !== undefined, signal);
    // The link may be gone again when this is told.
    const asked = home.link?.ask({ type: "exit.pass" }, "exit.pass");
    if (asked !== undefined) return (await asked).pass;
  }
}
