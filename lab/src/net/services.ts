/*
 * What stands in the lab's places: nginx as the ordinary site, nginx in front of a real station, dnsmasq as the resolver. The
 * station is the package's own, the front is the ordinary way to put one behind a site.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { NAMES, PLACES } from "../addresses.ts";
import { programPath } from "./tools.ts";
import { LabError } from "../errors.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import type { LabNetwork } from "./namespaces.ts";
import { Speaker } from "./processes.ts";

const READY_LIMIT_MS = 20_000;
/** Large enough to meet every budget: 64 KiB is the design's measure of "works", a megabyte of a download. */
const PAGES: Readonly<Record<string, number>> = { "index.html": 2_400, "64k.bin": 65_536, "1m.bin": 1_048_576 };
const STATION_PORT = 8080;
const SS = { port: 8388, method: "chacha20-ietf-poly1305", password: "lab" } as const;
/** A salt that begins as a web request does: without it rule R1 blocks what looks like nothing at all. */
const SS_PREFIX = encodeURIComponent("GET / HTTP/1.1\r\n");

/** The domain whose name server the station is. */
const DNS_DOMAIN = "t.example";
/** Where unbound listens, behind the resolver that people ask. */
const UNBOUND_PORT = 5353;

/** Ways to the station beside its own URL, by kind: two other fronts that share the load, and a Shadowsocks server beside the station. */
export const FURTHER_ROUTES: { readonly burst: string; readonly ss: string } = {
  burst: "burst+https://front.example,other.example",
  ss: `ss://${Buffer.from(`${SS.method}:${SS.password}`).toString("base64url")}@${PLACES.foreign.address}:${SS.port}/?station=http://127.0.0.1:${STATION_PORT}&prefix=${SS_PREFIX}`,
};

/** A pluggable transport beside the station, as its operator names it. */
const OBFS4 = { transport: "obfs4", host: PLACES.foreign.address, port: 9443 } as const;

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

/** The page that volunteers open, and what it consists of. */
const HELP_LOCATIONS = ["/help", "/assets/"]
  .map((path) => `location ${path} { proxy_pass http://127.0.0.1:${STATION_PORT}; proxy_set_header Host $host; }`)
  .join("\n");
/** The web app in the ordinary site's place. */
const APP_LOCATION = `location / { proxy_pass http://127.0.0.1:${STATION_PORT}; proxy_set_header Host $host; }`;

/** Passes what is below a path on to the station, at another path there. */
const passedOn = (path: string, to: string, more = ""): string => `
    location ${path} {
      ${more}
      proxy_pass http://127.0.0.1:${STATION_PORT}${to};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_read_timeout 1h;
      proxy_buffering off;
    }`;

/**
 * The station's links behind an ordinary site, below a path that may be one that nobody guesses; everything else is the site. A proxy
 * keeps the station's `connection: close` to itself, and a browser would then send burst after burst over one flow, which is what
 * bursts are to avoid.
 */
const stationLocations = (below: string): string =>
  passedOn(`${below}/v1/`, "/v1/") + passedOn(`${below}/v1/burst`, "/v1/burst", "keepalive_timeout 0;");

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

/**
 * The resolver: dnsmasq, as in a router, which knows the lab's names and passes on what is asked below the station's domain; to unbound where that is
 * installed, a resolver as providers run them, else to the station itself.
 */
function startDns(network: LabNetwork): void {
  const hasUnbound = programPath("unbound") !== undefined;
  if (hasUnbound) startUnbound(network);
  const station = hasUnbound ? `127.0.0.1#${UNBOUND_PORT}` : PLACES.foreign.address;
  const answers = Object.entries(NAMES).map(([name, address]) => `--address=/${name}/${address}`);
  const listen = [`--listen-address=${PLACES.dns.address}`, "--bind-interfaces"];
  const alone = ["--no-resolv", "--no-hosts", "--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--user=root"];
  const below = `--server=/${DNS_DOMAIN}/${station}`;
  network.start("dns", "dnsmasq", [...alone, ...listen, ...answers, below], { stdio: "ignore" });
}

/** A recursive resolver that minimises names and varies their case (RFC 9156, 0x20), told where the domain is as a parent zone would. */
function startUnbound(network: LabNetwork): void {
  const folder = join(network.scratch, "unbound");
  mkdirSync(folder, { recursive: true });
  const config = `
server:
  interface: 127.0.0.1@${UNBOUND_PORT}
  do-daemonize: no
  chroot: ""
  username: ""
  directory: "${folder}"
  pidfile: "${folder}/pid"
  use-syslog: no
  logfile: ""
  do-ip6: no
  qname-minimisation: yes
  use-caps-for-id: yes
  module-config: "iterator"
  access-control: 127.0.0.0/8 allow
stub-zone:
  name: "${DNS_DOMAIN}."
  stub-addr: ${PLACES.foreign.address}
remote-control:
  control-enable: no
`;
  writeFileSync(join(folder, "unbound.conf"), config);
  network.start("dns", "unbound", ["-d", "-c", join(folder, "unbound.conf")], { stdio: "ignore" });
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
  place: "client" | "foreign" | "site",
  file: string,
  config: unknown,
  certificates: Certificates,
): Speaker {
  // Orders come over standard input; nobody has to give any.
  const args = [join(import.meta.dirname, file), JSON.stringify(config)];
  return new Speaker(
    file,
    network.start(place, process.execPath, args, { env: trusting(certificates), stdio: "pipe" }),
  );
}

/**
 * Starts the site and the resolver; with `station` the station and its front too. Answers once all of them do.
 *
 * @param options.webRoot  the built web app, for a station that takes volunteers' tabs in; none
 * @param options.servesApp  the web app stands in the ordinary site's place
 * @param options.obfs4  the station is reached through obfs4 too
 * @param options.below  path that the station is below, without a slash at its end; none
 */
export async function startServices(
  network: LabNetwork,
  options: {
    readonly station: boolean;
    readonly below?: string;
    readonly obfs4?: boolean;
    readonly webRoot?: string | undefined;
    readonly servesApp?: boolean;
  },
): Promise<Services> {
  const { below = "", webRoot, servesApp = false, obfs4 = false } = options;
  const certificates = makeCertificates(network.scratch);
  startDns(network);
  startNginx(network, "site", certificates, "");
  const pages = (webRoot === undefined ? "" : HELP_LOCATIONS) + (servesApp ? APP_LOCATION : "");
  startNginx(network, "foreign", certificates, stationLocations(below) + pages);
  await untilAnswered(network, certificates, "https://ordinary.example/");
  if (!servesApp) await untilAnswered(network, certificates, "https://station.example/");
  if (!options.station) return { certificates, invite: "" };
  const ssServer = ["-s", PLACES.foreign.address, "-p", String(SS.port), "-k", SS.password, "-m", SS.method];
  const hasShadowsocks = programPath("ss-server") !== undefined;
  if (hasShadowsocks) network.start("foreign", "ss-server", ssServer, { stdio: "ignore" });
  const routes = hasShadowsocks ? [FURTHER_ROUTES.burst, FURTHER_ROUTES.ss] : [FURTHER_ROUTES.burst];
  const config = {
    dataDir: join(network.scratch, "station"),
    port: STATION_PORT,
    url: `https://station.example${below}`,
    routes,
    exit: true,
    ...(webRoot === undefined ? {} : { webRoot }),
    ...(obfs4 ? { pt: OBFS4 } : {}),
    dns: { domain: DNS_DOMAIN, host: PLACES.foreign.address, address: PLACES.foreign.address },
  };
  const ready = await startNode(network, "foreign", "station-main.ts", config, certificates).heard(
    "ready",
    READY_LIMIT_MS,
  );
  if (servesApp) await untilAnswered(network, certificates, "https://station.example/");
  return { certificates, invite: String(ready["invite"]) };
}
