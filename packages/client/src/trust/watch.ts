/*
 * The watch: everything that is checked beside reading, on each link to the home and again and again while it is up. Its
 * jobs wait for nothing else and nothing waits for them: a station that answers none of this is read and written as before.
 */
import type { Rng } from "@chapar/carrier";
import { type IdentityId, idText, type LogId, type StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Runner } from "../jobs/runner.ts";
import type { StationLink } from "../link/station-link.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import type { IncidentView, WatchView } from "../trust-api.ts";
import { Anchors } from "./anchors.ts";
import { chooseLogs, HeadWatch, type Owed, type WatchedLog } from "./head-watch.ts";
import { IdentityWatch } from "./identity-watch.ts";
import { Judging } from "./judging.ts";
import { witnessStations } from "./policy.ts";
import { StationWatch } from "./station-watch.ts";

/** How often, and by how much at random it may come earlier or later. */
const EVERY_MS = 60_000;
const JITTER_MS = 12_000;
/** Logs and contacts looked at in one turn. */
const LOGS_A_TURN = 24;
const CONTACTS_A_TURN = 8;

/** What others do about what was found. */
export interface WatchListener {
  /** the own chain has grown: everyone is to hear of it (C-12) */
  chainChanged(): Promise<void>;
  /** a station's log has entries of a room that its station did not give */
  owed(row: ConversationRow, owed: Owed): void;
  /** the person was told of something about a room's log */
  told(row: ConversationRow): void;
  /** a station said nothing of its log that is believed: it may be out of reach */
  unseen(station: StationRef): void;
}

/** Checks what stations sign. */
export class Watch {
  readonly #member: Member;
  readonly #rng: Rng;
  readonly #logs: LogShelf;
  readonly #inbox: LogId;
  readonly #listener: WatchListener;
  readonly #runner: Runner<StationLink>;
  readonly #judging: Judging;
  readonly #stations: StationWatch;
  readonly #heads: HeadWatch;
  readonly #identities: IdentityWatch;
  readonly #anchors: Anchors;
  /** sizes at which logs were checked last */
  readonly #checked = new Map<string, number>();
  /** contacts that were looked at in this run of the program */
  readonly #seen = new Set<string>();
  #link: StationLink | undefined;
  #life = new AbortController();

  constructor(member: Member, logs: LogShelf, inbox: LogId, rng: Rng, listener: WatchListener) {
    this.#member = member;
    this.#rng = rng;
    this.#logs = logs;
    this.#inbox = inbox;
    this.#listener = listener;
    this.#judging = new Judging(member, (log) => {
      const row = member.book.ofLog(log);
      if (row !== undefined) listener.told(row);
    });
    this.#stations = new StationWatch(member, this.#judging);
    this.#heads = new HeadWatch(member, logs);
    this.#anchors = new Anchors(member, () => listener.chainChanged());
    this.#identities = new IdentityWatch(member, (station) => this.#challengers(station));
    this.#runner = new Runner(
      member.clock,
      rng,
      (_, error) => member.failed(error),
      () => member.events.ring(),
    );
  }

  /** Reads what was checked before. */
  async load(): Promise<void> {
    await this.#stations.load();
  }

  begin(link: StationLink): void {
    this.#link = link;
    this.#life = new AbortController();
    this.#runner.begin(link);
    this.judge();
    void this.#beat(this.#life.signal);
  }

  end(): void {
    this.#link = undefined;
    this.#life.abort();
    this.#runner.end();
  }

  async #beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#turn();
      const everyMs = EVERY_MS + Math.round((2 * this.#rng.next() - 1) * JITTER_MS);
      // Only the end of the link aborts the wait, and the loop asks for that itself.
      await this.#member.clock.sleep(everyMs, signal).catch(() => undefined);
    }
  }

  #turn(): void {
    this.#runner.run("watch", (link) => this.#check(link));
  }

  /** Something was found. */
  judge(): void {
    this.#runner.run("judge", (link) => this.#judging.run(link));
  }

  async #check(link: StationLink): Promise<void> {
    const { profile } = this.#member;
    const home = profile.row.home.station;
    const witnessed = new Set<string>();
    for (const station of this.#hubs(home)) {
      if ((await this.#stations.check(link, station)) !== undefined) witnessed.add(idText(station.key));
      else this.#listener.unseen(station);
    }
    await this.#checkLogs(link, witnessed);
    await this.#anchors.run(link);
    if (witnessed.has(idText(home.key))) await this.#identities.own(link);
    await this.#checkContacts(link);
    await this.#judging.run(link);
  }

  /** The home, then the hubs of rooms. */
  #hubs(home: StationRef): readonly StationRef[] {
    const hubs: StationRef[] = [home];
    for (const { room } of this.#member.book.all()) {
      if (room !== undefined && !hubs.some(({ key }) => equalBytes(key, room.hub.key))) hubs.push(room.hub);
    }
    return hubs;
  }

  /** Of a station whose own log is not believed every log: what it signs of one is held against what it signed before. */
  async #checkLogs(link: StationLink, witnessed: ReadonlySet<string>): Promise<void> {
    const { book, profile } = this.#member;
    const inbox = { log: this.#inbox, station: profile.row.home.station, conversation: undefined };
    const rooms: readonly WatchedLog[] = book
      .all()
      .flatMap(({ id, room, joinedEpoch, kind, mirrored }) =>
        room === undefined || !(kind === "channel" ? mirrored : joinedEpoch > 0)
          ? []
          : [{ log: room.log, station: room.hub, conversation: id }],
      );
    const sizes = new Map<string, number>();
    for (const { log, station } of [inbox, ...rooms]) {
      sizes.set(idText(log), (await this.#logs.load(log, station.key)).range.size);
    }
    const now = ({ log }: Pick<WatchedLog, "log">): number => sizes.get(idText(log)) ?? 0;
    const open = [inbox, ...rooms].filter(({ station }) => this.#stations.isSpeaking(station));
    for (const { log, station } of open) if (!witnessed.has(idText(station.key))) this.#checked.delete(idText(log));
    const random = (): number => this.#rng.next();
    for (const watched of chooseLogs(open, { now, checked: this.#checked }, random, LOGS_A_TURN)) {
      const owed = await this.#heads.check(link, watched);
      this.#checked.set(idText(watched.log), now(watched));
      const row = watched.conversation && book.get(watched.conversation);
      if (owed !== undefined && row !== undefined) this.#listener.owed(row, owed);
    }
  }

  /** Everyone once after the start, then a tenth at random. */
  async #checkContacts(link: StationLink): Promise<void> {
    let left = CONTACTS_A_TURN;
    const { book } = this.#member;
    const turn = new Set<string>();
    for (const peer of book.all().flatMap((row) => (row.state === "opening" ? [] : book.others(row)))) {
      const name = idText(peer);
      // The own chain is watched as one's own.
      const isOwn = equalBytes(peer, this.#member.profile.row.identity);
      if (left === 0 || turn.has(name) || isOwn) continue;
      turn.add(name);
      if (this.#seen.has(name) && this.#rng.next() >= 0.1) continue;
      left -= 1;
      await this.#identities.contact(link, peer);
      this.#seen.add(name);
    }
  }

  /** The stations whose witnesses the log of a station names. */
  witnesses(station: StationRef): readonly StationRef[] {
    const policy = this.#stations.policy(station);
    return policy === undefined ? [] : witnessStations(policy);
  }

  /** What a station that this device knows says it was through; undefined when it cannot be asked. */
  async incidents(stationKey: string): Promise<readonly IncidentView[] | undefined> {
    const { profile, book } = this.#member;
    const link = this.#link;
    const homes = book.all().flatMap(({ peerHome }) => (peerHome === undefined ? [] : [peerHome.station]));
    const known = [...this.#hubs(profile.row.home.station), ...homes];
    const station = known.find(({ key }) => idText(key) === stationKey);
    if (link === undefined || station === undefined) return undefined;
    const told = await this.#judging.told(link, station);
    return told?.map(({ what, fromMs, toMs }) => ({ what, fromMs, toMs }));
  }

  /** Those through which a station is challenged about a chain: its witnesses, or, where they are not known, the home and the home's. */
  #challengers(station: StationRef): readonly StationRef[] {
    const known = this.witnesses(station);
    const home = this.#member.profile.row.home.station;
    const others = known.length > 0 ? known : [home, ...this.witnesses(home)];
    return others.filter(({ key }) => !equalBytes(key, station.key));
  }

  /** The chain by which somebody is written to for the first time. Throws as `IdentityWatch.begin`. */
  async whole(
    link: StationLink,
    identity: IdentityId,
    station: StationRef,
    ops: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    try {
      return await this.#identities.begin(link, identity, station, ops);
    } finally {
      this.judge();
    }
  }

  view(): WatchView {
    const home = this.#member.profile.row.home.station;
    const { checkedAtMs, cosigned, paths, code } = this.#stations.row(home);
    const policy = this.#stations.policy(home);
    return {
      checkedAtMs,
      witnesses: policy?.witnesses.size ?? 0,
      cosigned,
      paths: paths === 2 ? 2 : checkedAtMs === undefined ? 0 : 1,
      quorum: this.#stations.quorum(home),
      code: code ?? (this.#link === undefined ? "client/no-route" : undefined),
    };
  }

  async check(signal: AbortSignal): Promise<WatchView> {
    const { events } = this.#member;
    await events.until(() => this.#link !== undefined, signal);
    this.#turn();
    await events.until(() => this.#runner.isIdle, signal);
    return this.view();
  }
}
