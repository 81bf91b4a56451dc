/* A relay as a process inside the lab, with one station on its list. Started with one JSON argument; says `ready` with its port. */
import { randomBytes } from "node:crypto";
import { RelayMeter } from "@chapar/carrier";
import { sealingIdentity, startRelayServer, systemClock } from "@chapar/carrier/node";
import { fromBase32 } from "@chapar/wire/bytes";

interface RelayMainConfig {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** base32 */
  readonly station: string;
  readonly url: string;
}

const { host, port, path, station, url } = JSON.parse(process.argv[2] ?? "{}") as RelayMainConfig;
const identity = sealingIdentity(new Uint8Array(randomBytes(32)));
const clock = systemClock();
const places = [{ kind: "station" as const, key: fromBase32(station) ?? new Uint8Array(32), urls: [url] }];
const times = { issuedAtMs: Date.now(), expiresAtMs: Date.now() + 86_400_000 };
const list = { issuer: identity.publicKey, number: 1, places, ...times };
const limits = { bytesPerSecond: undefined, bytesPerMonth: undefined, hours: undefined };
const calendar = { hourOf: () => 0, monthOf: () => "" };
const meter = new RelayMeter(limits, clock, calendar);
const relay = await startRelayServer({ host, port, path, identity, meter, list: () => list, isOwnList: () => true });
process.stdout.write(`${JSON.stringify({ event: "ready", port: relay.port })}\n`);
