/* A real station as a process inside the lab. Started by `services.ts` with one JSON argument; says `ready` with an invite. */
import { startStation } from "@chapar/station/node";
import { stationInviteText } from "./invite-text.ts";

interface StationMainConfig {
  readonly dataDir: string;
  readonly port: number;
  readonly url: string;
}

const { dataDir, port, url } = JSON.parse(process.argv[2] ?? "{}") as StationMainConfig;
const about = { region: "DE", name: "Lab station" } as const;
const station = await startStation({ ...about, dataDir, port, publicUrl: url });
const invite = stationInviteText({ ...about, key: station.key, url, token: station.signUpToken });
process.stdout.write(`${JSON.stringify({ event: "ready", invite })}\n`);
