/* A real station as a process inside the lab. Started by `services.ts` with one JSON argument; says `ready` with an invite. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { formatLanRoute } from "@chapar/carrier";
import { openPtDoor } from "@chapar/carrier/node";
import { inviteLink } from "@chapar/e2e";
import { type DnsDoorConfig, type LanDoorConfig, startStation } from "@chapar/station/node";

interface StationMainConfig {
  readonly dataDir: string;
  readonly port: number;
  /** address to listen on; this machine's own */
  readonly host?: string;
  readonly url: string;
  /** further ways there */
  readonly routes?: readonly string[];
  /** makes it the name server of a domain */
  readonly dns?: DnsDoorConfig;
  /** lets it be found on the local network */
  readonly lan?: LanDoorConfig;
  /** stations to keep a link to */
  readonly peers?: readonly string[];
  /** lets traffic out, for trials of the tunnel */
  readonly exit?: boolean;
  /** takes volunteers' tabs in: the built web app, with the page that they open */
  readonly webRoot?: string;
  /** a pluggable transport that it is reached through too, and where */
  readonly pt?: { readonly transport: string; readonly host: string; readonly port: number };
}

/** RFC 8489 §18.6 names it. */
const STUN_PORT = 3478;
const {
  dataDir,
  port,
  host,
  url,
  routes: said = [],
  exit,
  pt,
  dns,
  lan,
  peers = [],
  webRoot,
} = JSON.parse(process.argv[2] ?? "{}") as StationMainConfig;
const stateDir = join(dataDir, "transports");
const door = pt && (await openPtDoor({ transport: pt.transport, public: pt, stateDir }));
const routes = door === undefined ? said : [...said, door.route];
const about = { region: "DE", name: "Lab station" } as const;
const way = { dataDir, port, publicUrl: url, routes };
const further = {
  ...(host === undefined ? {} : { host }),
  ...(exit === true ? { exit: {} } : {}),
  ...(dns === undefined ? {} : { dns }),
  ...(lan === undefined ? {} : { lan }),
  peers,
};
const helped = webRoot === undefined ? {} : { webRoot, volunteers: { isRoute: true, stunPort: STUN_PORT } };
const station = await startStation({ ...about, ...way, ...further, ...helped });
door?.openTo(port);
const invite = inviteLink(
  {
    home: { station: station.ref, region: about.region },
    stationName: about.name,
    token: station.signUpToken,
    person: undefined,
    routes: station.routes,
  },
  (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
);
process.stdout.write(`${JSON.stringify({ event: "ready", invite, near: formatLanRoute(station.key) })}\n`);
