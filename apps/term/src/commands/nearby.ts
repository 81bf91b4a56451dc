/*
 * `nearby`: which stations there are on the local network (protocol/17-island.md J-32, J-34), and whether one of them is one's home. Each has to prove the key that is
 * said of it; who only says so is shown as that.
 */
import { existsSync } from "node:fs";
import { formatLanRoute } from "@chapar/carrier";
import { type LanFinderOptions, type LanStation, lookOnLan, provesKey } from "@chapar/carrier/node";
import { fromBase32, toBase32 } from "@chapar/wire/bytes";
import { ExitCode } from "../exit-code.ts";
import { openProfile } from "../profile.ts";
import type { Run } from "../run.ts";

interface NearbyOptions {
  readonly seconds: number;
}

/** The key of one's home in base32; undefined without an identity, who may look as well. */
async function homeKey(run: Run): Promise<string | undefined> {
  if (!existsSync(run.profileDir)) return undefined;
  await using profile = await openProfile(run);
  return profile.client.me()?.home.key;
}

function tell(run: Run, { key, host, port, isAnnounced }: LanStation, isHome: boolean, isProved: boolean): void {
  const station = toBase32(key);
  const whose = isHome ? "your station" : "another station";
  const words = isProved ? whose : `says it is ${whose}, and does not prove it: nothing is sent there`;
  run.out.result(
    {
      event: "nearby",
      station,
      route: formatLanRoute(key),
      host,
      port,
      home: isHome,
      proved: isProved,
      announced: isAnnounced,
    },
    `${station}  ${host}:${port}  (${words})`,
  );
}

/** Looks for as long as was said, then asks each place for its key. @param where  other interfaces and another port than usual */
export async function nearby(run: Run, options: NearbyOptions, where: LanFinderOptions = {}): Promise<ExitCode> {
  const home = await homeKey(run);
  run.out.progress(
    "Asking the local network. Whoever is on it sees that somebody looks for a station of Chapar, and not which.",
  );
  const limit = AbortSignal.any([run.signal, AbortSignal.timeout(options.seconds * 1_000)]);
  const heard = await lookOnLan(home === undefined ? undefined : fromBase32(home), where, limit);
  run.signal.throwIfAborted();
  const proved = await Promise.all(heard.map(provesKey));
  for (const [at, station] of heard.entries()) tell(run, station, home === toBase32(station.key), proved[at] === true);
  if (heard.length === 0)
    run.out.result({ event: "nearby-nothing" }, "No station answered. One answers here when its operator says --lan.");
  return ExitCode.ok;
}
