/* The gate of a station that runs: where links and streams of sessions go, and what of it is counted. */
import { type Link, serveStreams } from "@chapar/carrier";
import { type DoorIdentity, systemClock, systemRng } from "@chapar/carrier/node";
import type { Signer } from "@chapar/wire/bytes";
import type { Station } from "../station.ts";
import type { ExitService } from "./exit-service.ts";
import type { HelpService } from "./help-service.ts";
import type { StationMetrics } from "./metrics.ts";
import { RoadGate } from "./road-gate.ts";

const MAX_LINKS = 100_000;

/** How many there may be at once. */
export interface GateConfig {
  readonly maxLinks?: number;
  readonly maxSessions?: number;
}

/** What a gate leads to. */
export interface GateParts {
  readonly signer: Signer;
  readonly metrics: StationMetrics;
  readonly exits: ExitService;
  readonly identity: DoorIdentity;
  readonly help: HelpService;
  /** takes a link that somebody dialed in place of the station; `accept` hands one to it */
  readonly link: ((link: Link, accept: (link: Link) => void) => void) | undefined;
  readonly dnsLinkCount: () => number;
}

/** Opens the gate of a station, with its numbers shown. */
export function openGate(config: GateConfig, station: Station, parts: GateParts): RoadGate {
  const { signer, metrics, exits, identity, help, link: between, dnsLinkCount } = parts;
  const maxLinks = config.maxLinks ?? MAX_LINKS;
  const accept = (link: Link): void => station.accept(link);
  const take = (link: Link): void => (between === undefined ? accept(link) : between(link, accept));
  const gate = new RoadGate({
    signer,
    clock: systemClock(),
    jitter: systemRng(),
    count: (metric, amount, label) => metrics.count(metric, amount, label),
    accept: take,
    serve: (session, source) =>
      serveStreams(session, take, (stream) => (help.take(stream, source) ? undefined : exits.take(stream))),
    identity,
    desk: help.desk,
    isFull: () => station.linkCount >= maxLinks,
    maxSessions: config.maxSessions,
  });
  const { sessions, bursts } = gate;
  metrics.expose({
    linkCount: () => station.linkCount,
    hotLogCount: () => station.hotLogCount,
    sessionCount: () => sessions.size,
    pendingCount: () => sessions.pending,
    sessionHeldBytes: () => sessions.heldBytes,
    burstCount: () => bursts.size,
    dnsLinkCount,
    volunteerCount: () => help.desk.volunteerCount,
  });
  return gate;
}
