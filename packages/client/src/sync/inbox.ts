/*
 * Reading the inbox: followed and checked like a room, but anyone may write into it, so an entry that cannot be used is
 * passed over (F-23) and only the log itself can stop it. A welcome makes a conversation, deletes the private half of its
 * key package and moves the cursor in one transaction (F-7).
 */
import { backoffMs, type Rng } from "@chapar/carrier";
import { isE2eError } from "@chapar/e2e";
import { decodeSignedHead } from "@chapar/log";
import {
  decodeEntry,
  deviceId,
  encodeEntry,
  idText,
  inboxGenesis,
  type LogId,
  logIdOf,
  readMessage,
} from "@chapar/wire";
import { equalBytes, type Signer } from "@chapar/wire/bytes";
import { enqueueName } from "../conversation/queue.ts";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { decodeHandKnock, type HandKnock } from "../devices/hand.ts";
import { isOwnRoom } from "../devices/own-room.ts";
import { ClientError, type ClientCode, isClientError } from "../errors.ts";
import { Lane } from "../lane.ts";
import type { Gap, Push, StationLink } from "../link/station-link.ts";
import { keyPackageShelf, type OwnKeyPackages } from "../profile/key-packages.ts";
import { Draft } from "../store/shelf.ts";
import { Manifests } from "../repair/manifests.ts";
import type { Readers } from "../repair/readers.ts";
import { provenFinding } from "../trust/bundle-finding.ts";
import { pageFinding } from "../trust/page-finding.ts";
import { knownStation } from "../trust/stations.ts";
import { checkPage, type OfferedPage, type PageFault } from "./check-page.ts";
import { follow } from "./follow.ts";
import { Joining } from "./joining.ts";
import { decodeKnock, type Knock } from "./knock.ts";
import { evidenceShelf, type LogShelf } from "./log-shelf.ts";
import { HAND_FRAME } from "./knock-frames.ts";

/** What a knock's writer can cause: such a knock is passed over (F-23), and nothing else ever is. */
const THEIRS: readonly ClientCode[] = [
  "client/bad-room",
  "client/wrong-chain",
  "client/stale-chain",
  "client/forked-chain",
];

/** Failures in a row after which one that might pass is told. */
const FAILURES_BEFORE_ALERT = 2;

/** What others do about an inbox. */
export interface InboxListener {
  /** someone else began a conversation */
  joined(row: ConversationRow): void;
  /** a page was refused, and why is in the book of alerts */
  found(): void;
  /** a knock that may be a member's; whether it was kept */
  hear(draft: Draft, frame: Uint8Array): boolean;
  /** knocks of members were kept */
  heard(): void;
}

/** What an inbox is read with. */
export interface InboxParts {
  readonly logs: LogShelf;
  readonly keys: OwnKeyPackages;
  readonly readers: Readers;
  /** holds the inbox's read key */
  readonly reader: Signer;
}

/** Follows the inbox of this device. */
export class Inbox {
  readonly #member: Member;
  readonly #logs: LogShelf;
  readonly #keys: OwnKeyPackages;
  readonly #manifests: Manifests;
  readonly #listener: InboxListener;
  readonly #rng: Rng;
  readonly #lane = new Lane();
  readonly #joining: Joining;
  readonly genesis: Uint8Array;
  readonly log: LogId;
  readonly #reader: Signer;
  #link: StationLink | undefined;
  #life = new AbortController();
  #targetSize: number | undefined;
  #size = 0;
  #failures = 0;
  #waiting = false;
  #anewOn: StationLink | undefined;

  constructor(member: Member, parts: InboxParts, rng: Rng, listener: InboxListener) {
    this.#member = member;
    this.#logs = parts.logs;
    this.#joining = new Joining(member, parts.logs);
    this.#keys = parts.keys;
    this.#manifests = new Manifests(member, parts.readers);
    this.#listener = listener;
    this.#rng = rng;
    this.#reader = parts.reader;
    const device = deviceId(member.device.credential.device);
    this.genesis = encodeEntry(inboxGenesis({ device, inboxReadKey: parts.reader.publicKey }, member.sha256));
    this.log = logIdOf(member.sha256, member.profile.row.home.station.key, this.genesis);
  }

  /** Whether what the home had when the inbox was opened is read. */
  get isCaughtUp(): boolean {
    return this.#targetSize !== undefined && !this.#lane.busy && this.#size >= this.#targetSize;
  }

  /** Opens and follows; the account was shown and the inbox made. */
  async begin(link: StationLink): Promise<void> {
    this.#link = link;
    this.#life = new AbortController();
    try {
      await this.#open(link);
    } catch (error) {
      this.#failures += 1;
      throw error;
    }
  }

  end(): void {
    this.#link = undefined;
    this.#targetSize = undefined;
    this.#life.abort();
  }

  /** Shows the read key. @returns the head that the station answers, unchecked */
  async #show(link: StationLink): Promise<Uint8Array> {
    const { station, nonce } = link.hello;
    const signature = await this.#reader.sign(readMessage(station, nonce, this.log));
    const read = { key: this.#reader.publicKey, signature };
    return (await link.ask({ type: "log.open", log: this.log, read, write: undefined }, "log.state")).head.slice();
  }

  async #open(link: StationLink): Promise<void> {
    const stationKey = this.#member.profile.row.home.station.key;
    const held = await this.#lane.run(() => this.#logs.load(this.log, stationKey));
    const shown = await this.#show(link);
    const head = decodeSignedHead(shown, { stationKey, logId: this.log });
    this.#size = held.range.size;
    const { size } = held.range;
    const isOther = head.ok && head.value.size === size && size > 0 && !equalBytes(head.value.root, held.range.root());
    if (head.ok && (head.value.size < size || isOther)) return this.#another(link, shown);
    const gone = await follow(link, this.log, held.range.size);
    if (gone > 0) return this.#openPast(link, { first: held.range.size, count: gone });
    this.#targetSize = head.ok ? head.value.size : 0;
    this.#member.events.ring();
  }

  /** The home shows less of the inbox than before, or another one. @throws ClientError `client/inbox-fault` while that may pass */
  async #another(link: StationLink, head: Uint8Array): Promise<void> {
    await this.#lane.run(() => this.#take(link, { first: this.#size, entries: [], head }));
    // An older head, which proves nothing: the newer one may be on its way.
    if (this.#failures < FAILURES_BEFORE_ALERT) throw new ClientError("client/inbox-fault", "log/stale");
    await this.#lane.run(() => this.#anew(link, new Draft()));
    await this.#open(link);
  }

  /** Another history than the one that is held is read from its beginning, once a link: what is in it proves itself. */
  async #anew(link: StationLink, draft: Draft): Promise<void> {
    if (this.#anewOn !== link) this.#logs.forget(draft, this.log);
    this.#anewOn = link;
    await draft.commit(this.#member.store);
  }

  /** The next body is gone (E-17): the inbox is read past it, and followed from there. */
  async #openPast(link: StationLink, gap: Pick<Gap, "first" | "count">): Promise<void> {
    const isPast = await this.#lane.run(async () => {
      await this.#pass(link, gap);
      return (await this.#logs.load(this.log, this.#member.profile.row.home.station.key)).range.size > gap.first;
    });
    if (!isPast) throw new ClientError("client/inbox-fault", "station/pruned");
    await this.#open(link);
  }

  /** Takes a push of the inbox; false when it is of another log. */
  push(link: StationLink, push: Push): boolean {
    if (!equalBytes(push.log, this.log)) return false;
    void this.#step(link, () => this.#take(link, push));
    return true;
  }

  /** Bodies are not here (E-17): the inbox is read past them, by what the station signs of them; false when it is another log. */
  gap(link: StationLink, gap: Gap): boolean {
    if (!equalBytes(gap.log, this.log)) return false;
    void this.#step(link, () => this.#pass(link, gap));
    return true;
  }

  async #pass(link: StationLink, gap: Pick<Gap, "first" | "count">): Promise<void> {
    if (this.#link !== link || this.#waiting) return;
    const { station } = this.#member.profile.row.home;
    const held = await this.#logs.load(this.log, station.key);
    const first = held.range.size;
    const count = gap.first + gap.count - first;
    if (gap.first > first || count <= 0) return;
    const range = { log: this.log, first, count, statements: this.#logs.statements(this.log, held) };
    const explained = await this.#manifests.explain(link, range);
    if (explained === undefined) throw new ClientError("client/inbox-fault", "station/pruned");
    const of = { station: knownStation(this.#member, station), subject: this.log, log: this.log, missing: count };
    for (const bundle of explained.bundles) {
      const finding = await provenFinding(bundle, of, this.#member.evidence);
      if (finding !== undefined) await this.#member.alerts.record(finding);
    }
    if (explained.bundles.length > 0) this.#listener.found();
    await this.#take(link, { first, entries: explained.entries, head: await this.#show(link) });
  }

  async #step(link: StationLink, step: () => Promise<void>): Promise<void> {
    try {
      await this.#lane.run(step);
    } catch (error) {
      this.#member.failed(error);
      void this.#again(link);
    } finally {
      this.#member.events.ring();
    }
  }

  async #again(link: StationLink): Promise<void> {
    if (this.#waiting || this.#link !== link) return;
    this.#waiting = true;
    this.#failures += 1;
    try {
      await this.#member.clock.sleep(backoffMs(this.#failures, this.#rng), this.#life.signal);
      this.#waiting = false;
      await this.#open(link);
    } catch (error) {
      // The end of the link aborts the sleep; everything else is tried again.
      this.#waiting = false;
      if (this.#life.signal.aborted) return;
      this.#member.failed(error);
      void this.#again(link);
    }
  }

  async #take(link: StationLink, push: OfferedPage): Promise<void> {
    if (this.#link !== link || this.#waiting) return;
    const { hasher, verify, clock, store, profile } = this.#member;
    const held = await this.#logs.load(this.log, profile.row.home.station.key);
    const checked = await checkPage(held, push, {
      hasher,
      verify,
      nowMs: clock.nowMs(),
      consistency: async (from, to) =>
        (await link.ask({ type: "log.consistency", log: this.log, from, to }, "log.hashes")).hashes,
    });
    if (!checked.ok) {
      const draft = new Draft();
      evidenceShelf.put(draft, this.log, checked.fault.evidence);
      await this.#note(link, draft, checked.fault, held.range.size);
      throw new ClientError("client/inbox-fault", checked.fault.code);
    }
    const draft = new Draft();
    const joined: ConversationRow[] = [];
    const spent = new Set<string>();
    let hasHeard = false;
    for (const { bytes } of checked.entries) {
      const entry = decodeEntry(bytes ?? new Uint8Array(0));
      if (!entry.ok || entry.value.kind !== "knock") continue;
      if (this.#listener.hear(draft, entry.value.frame)) {
        hasHeard = true;
        continue;
      }
      const row = await this.#join(draft, entry.value.frame, joined, spent);
      if (row !== undefined) joined.push(row);
    }
    this.#logs.put(draft, this.log, checked.held);
    await draft.commit(store);
    await this.#member.alerts.healed(profile.row.home.station.key, this.log);
    this.#size = checked.held.range.size;
    this.#failures = 0;
    if (hasHeard) this.#listener.heard();
    for (const row of joined) this.#listener.joined(row);
  }

  /** A fault that a crossed push explains as well is told at the third time in a row (F-20). */
  async #note(link: StationLink, draft: Draft, fault: PageFault, have: number): Promise<void> {
    if (!fault.proven && this.#failures < FAILURES_BEFORE_ALERT) return draft.commit(this.#member.store);
    const station = knownStation(this.#member, this.#member.profile.row.home.station);
    const of = { station, conversation: undefined, log: this.log, have };
    await this.#member.alerts.note(draft, pageFinding(of, fault.evidence));
    await this.#anew(link, new Draft());
    this.#listener.found();
  }

  /** Joins by a welcome; undefined when the knock is of no use here. */
  async #join(
    draft: Draft,
    frame: Uint8Array,
    before: readonly ConversationRow[],
    spent: Set<string>,
  ): Promise<ConversationRow | undefined> {
    const { mls, device, store, groups } = this.#member;
    const knock = frame[0] === HAND_FRAME ? decodeHandKnock(frame) : decodeKnock(frame);
    if (!knock.ok) return undefined;
    const { ref, welcome, tree } = knock.value;
    const key = await keyPackageShelf.get(store, ref);
    // The store still has what an earlier knock of this page used up (F-10).
    if (key === undefined || spent.has(idText(ref))) return undefined;
    try {
      const joined = await mls.join(
        device,
        { ref, publicBytes: key.publicBytes, privateBytes: key.privateBytes },
        welcome,
        tree,
      );
      const sealed = isHand(knock.value) ? knock.value.sealed : undefined;
      const known = this.#member.book.get(joined.group.groupId);
      if (known !== undefined) {
        const again = await this.#joining.again(known, joined, sealed);
        if (again !== undefined && !this.#keys.used(draft, ref, key)) spent.add(idText(ref));
        return again;
      }
      const row = await this.#joining.conversation(draft, joined.group, sealed, before);
      if (row === undefined) return undefined;
      groups.advance(draft, row.id, joined.group, joined.writes);
      await this.#member.secrets.keep(draft, row.id, joined.group, this.#member.clock.nowMs());
      if (!this.#keys.used(draft, ref, key)) spent.add(idText(ref));
      const named = isOwnRoom(this.#member, row) ? row : enqueueName(this.#member, draft, row);
      this.#member.book.put(draft, named);
      return named;
    } catch (error) {
      if (isE2eError(error) || THEIRS.some((code) => isClientError(error, code))) return undefined;
      throw error;
    }
  }
}

function isHand(knock: Knock | HandKnock): knock is HandKnock {
  return "sealed" in knock;
}
