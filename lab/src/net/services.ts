/*
 * What stands in the lab's places: nginx as the ordinary site, nginx in front of a real station, dnsmasq as the resolver. The
 * station is the package's own, the front is the ordinary way to put one behind a site.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { NAMES, PLACES } from "../addresses.ts";
import { LabError } from "../errors.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import type { LabNetwork } from "./namespaces.ts";
import { Speaker } from "./processes.ts";

const READY_LIMIT_MS = 20_000;
/** Large enough to meet every budget: 64 KiB is the design's measure of "works", a megabyte of a download. */
const PAGES: Readonly<Record<string, number>> = { "index.html": 2_400, "64k.bin": 65_536, "1m.bin": 1_048_576 };
const STATION_PORT = 8080;

/** Everything that runs beside clients. */
export interface Services {
  readonly certificates: Certificates;
  /** link that invites to the foreign station */
  readonly invite: string;
}

function nginxConfig(folder: string, certificates: Certificates, locations: string): string {
  return `
daemon off;
user root;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  access_log off;
  default_type text/html;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 80;
    listen 443 ssl;
    ssl_certificate ${certificates.certificate};
    ssl_certificate_key ${certificates.key};
    ssl_protocols TLSv1.2 TLSv1.3;
    root ${folder}/www;
    ${locations}
  }
}
`;
}

/** The station's link behind an ordinary site; everything else is the site. */
const STATION_LOCATIONS = `
    location /v1/ {
      proxy_pass http://127.0.0.1:${STATION_PORT};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header Host $host;
      proxy_read_timeout 1h;
      proxy_buffering off;
    }`;

function startNginx(
  network: LabNetwork,
  place: "site" | "foreign",
  certificates: Certificates,
  locations: string,
): void {
  const folder = join(network.scratch, place);
  mkdirSync(join(folder, "www"), { recursive: true });
  for (const [page, sizeBytes] of Object.entries(PAGES))
    writeFileSync(join(folder, "www", page), Buffer.alloc(sizeBytes, "ordinary. "));
  writeFileSync(join(folder, "nginx.conf"), nginxConfig(folder, certificates, locations));
  network.start(place, "nginx", ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")], {
    stdio: "ignore",
  });
}

function startDns(network: LabNetwork): void {
  const answers = Object.entries(NAMES).map(([name, address]) => `--address=/${name}/${address}`);
  const listen = [`--listen-address=${PLACES.dns.address}`, "--bind-interfaces"];
  const alone = ["--no-resolv", "--no-hosts", "--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--user=root"];
  network.start("dns", "dnsmasq", [...alone, ...listen, ...answers], { stdio: "ignore" });
}

/** Asks until an answer comes. Nobody censors yet. */
async function untilAnswered(network: LabNetwork, certificates: Certificates, url: string): Promise<void> {
  const begunMs = performance.now();
  for (;;) {
    try {
      network.run("client", "curl", [
        "-s",
        "-f",
        "-o",
        "/dev/null",
        "-m",
        "2",
        "--cacert",
        certificates.authority,
        url,
      ]);
      return;
    } catch (error) {
      if (performance.now() - begunMs > READY_LIMIT_MS) throw new LabError("lab/not-ready", url, { cause: error });
      await delay(50);
    }
  }
}

/** The environment in which a Node process inside trusts the lab's authority. */
export const trusting = (certificates: Certificates): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_EXTRA_CA_CERTS: certificates.authority,
});

/** Starts a program of this folder with Node, in a place. */
export function startNode(
  network: LabNetwork,
  place: "client" | "foreign",
  file: string,
  config: unknown,
  certificates: Certificates,
): Speaker {
  const args = [join(import.meta.dirname, file), JSON.stringify(config)];
  return new Speaker(file, network.start(place, process.execPath, args, { env: trusting(certificates) }));
}

/** Starts the site and the resolver; with `station` the station and its front too. Answers once all of them do. */
export async function startServices(network: LabNetwork, options: { readonly station: boolean }): Promise<Services> {
  const certificates = makeCertificates(network.scratch);
  startDns(network);
  startNginx(network, "site", certificates, "");
  startNginx(network, "foreign", certificates, STATION_LOCATIONS);
  await untilAnswered(network, certificates, "https://ordinary.example/");
  await untilAnswered(network, certificates, "https://station.example/");
  if (!options.station) return { certificates, invite: "" };
  const config = { dataDir: join(network.scratch, "station"), port: STATION_PORT, url: "https://station.example" };
  const ready = await startNode(network, "foreign", "station-main.ts", config, certificates).heard(
    "ready",
    READY_LIMIT_MS,
  );
  return { certificates, invite: String(ready["invite"]) };
}
