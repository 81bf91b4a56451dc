/* A real station as a process inside the lab. Started by `services.ts` with one JSON argument; says `ready` with an invite. */
import { createHash } from "node:crypto";
import { inviteLink } from "@chapar/e2e";
import { startStation } from "@chapar/station/node";

interface StationMainConfig {
  readonly dataDir: string;
  readonly port: number;
  readonly url: string;
}

const { dataDir, port, url } = JSON.parse(process.argv[2] ?? "{}") as StationMainConfig;
const about = { region: "DE", name: "Lab station" } as const;
const station = await startStation({ ...about, dataDir, port, publicUrl: url });
const invite = inviteLink(
  {
    home: { station: station.ref, region: about.region },
    stationName: about.name,
    token: station.signUpToken,
    person: undefined,
    routes: [],
  },
  (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
);
process.stdout.write(`${JSON.stringify({ event: "ready", invite })}\n`);
