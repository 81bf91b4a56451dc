/*
 * All mirrors of a station, and the loop that keeps each one following its hub: over whichever link there is, from its
 * own size on, again with back-off whenever it is lost. A mirror whose read proof the hub no longer takes waits for a
 * resident to show a newer one.
 */
import { backoffMs, type Rng } from "@chapar/carrier";
import { decodeReceipt } from "@chapar/log";
import {
  grantMessage,
  type EntryHeader,
  type LogId,
  type ReadProof,
  type Request,
  type Response,
  type StationKey,
  type StationRef,
  type WriteProof,
} from "@chapar/wire";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import { stationError } from "../errors.ts";
import { refusal } from "../hub/append-rules.ts";
import type { Appended } from "../hub/appender.ts";
import type { HotLog } from "../hub/hot-log.ts";
import type { Hub } from "../hub/hub.ts";
import { PEER_ANSWER_LIMIT_MS } from "../limits.ts";
import type { StationIdentity, StationPorts } from "../ports.ts";
import type { LinkState } from "../session/services.ts";
import type { MirrorRecord } from "../store/port.ts";
import { Following, wake } from "./following.ts";
import { askForResident, linkTo, throwIfError } from "./hub-link.ts";
import { Mirror, type Gap, type Push } from "./mirror.ts";
import { acknowledgeMirror, registerMirror } from "./mirror-reader.ts";
import type { Peers } from "./peers.ts";

/** A mirror that follows looks after itself this often, should a wake ever be lost. */
const HEAL_MS = 3_600_000;
/** How often a hub is told what is durable here. */
const ACK_EVERY_MS = 60_000;

/**
 * Under what a mirror is found: the room and whose it is said to be. A log's id names its hub only to whoever has the
 * genesis, so until that came, somebody who names a false hub must not stand in the way of those who name the true one.
 */
function mirrorKey(log: Uint8Array, hub: StationKey): string {
  return bytesKey(concatBytes(log, hub));
}

/** Keeps mirrors following. */
export class Mirrors {
  readonly #ports: StationPorts;
  readonly #self: StationIdentity;
  readonly #hub: Hub;
  readonly #peers: Peers;
  readonly #jitter: Rng;
  readonly #signal: AbortSignal;
  readonly #reached: (room: LogId) => void;
  /** by `mirrorKey` */
  readonly #all = new Map<string, Following>();
  readonly #loops = new Set<Promise<void>>();

  constructor(parts: {
    ports: StationPorts;
    self: StationIdentity;
    hub: Hub;
    peers: Peers;
    jitter: Rng;
    signal: AbortSignal;
    /** the hub of a room is followed again */
    reached: (room: LogId) => void;
  }) {
    this.#ports = parts.ports;
    this.#self = parts.self;
    this.#hub = parts.hub;
    this.#peers = parts.peers;
    this.#jitter = parts.jitter;
    [this.#signal, this.#reached] = [parts.signal, parts.reached];
    parts.peers.onJoined((key) => {
      for (const following of this.#all.values()) if (equalBytes(following.mirror.hub.key, key)) wake(following);
    });
  }

  /** Goes on with every mirror in the store. */
  async start(): Promise<void> {
    for (const record of await this.#ports.store.mirrors()) {
      const log = await this.#hub.cache.get(record.log);
      // One that nobody needed any more waits for the next resident of its room.
      if (record.mirror === undefined || isStopped(record.mirror)) continue;
      this.#startLoop(this.#add(this.#open(record.log, record.mirror, log)));
    }
    const acknowledging = this.#acknowledge().finally(() => this.#loops.delete(acknowledging));
    this.#loops.add(acknowledging);
  }

  #open(id: LogId, record: MirrorRecord, log: HotLog | undefined): Mirror {
    const ask = async (body: Request): Promise<Response> => await this.askHub(id, record.hub.key, body);
    return new Mirror({ ports: this.#ports, hub: this.#hub, id, record, log, ask });
  }

  #add(mirror: Mirror): Following {
    const following = new Following(mirror);
    this.#all.set(mirrorKey(mirror.id, mirror.hub.key), following);
    return following;
  }

  #startLoop(following: Following): void {
    const loop = this.#keepFollowing(following).finally(() => this.#loops.delete(loop));
    this.#loops.add(loop);
  }

  async #keepFollowing(following: Following): Promise<void> {
    let failures = 0;
    while (!this.#signal.aborted && !following.isOver) {
      following.isWoken = false;
      try {
        if (following.session === undefined || following.session.frames.closed) {
          await this.#begin(following, await this.#peers.link(following.mirror.hub));
          failures = 0;
        }
        await this.#untilWoken(following, HEAL_MS);
      } catch {
        failures++;
        following.isCut = following.session === undefined;
        await this.#untilWoken(following, backoffMs(failures, this.#jitter));
      }
    }
  }

  /** Waits for a wake, the end of the station, or a time. */
  async #untilWoken(following: Following, delayMs: number): Promise<void> {
    if (following.isWoken || this.#signal.aborted) return;
    following.wait = new AbortController();
    await this.#ports.clock.sleep(delayMs, following.wait.signal).catch(() => undefined);
    following.wait = undefined;
  }

  /** Asks the hub for the room from our size on. @throws StationError with the hub's code */
  async #begin(following: Following, session: LinkState, read?: ReadProof): Promise<void> {
    const { mirror } = following;
    const previous = following.session;
    mirror.reset();
    // Pushes may come before the answer does.
    following.session = session;
    session.peerHandlers ??= {
      push: (body) => this.#piece(session, body),
      gap: (body) => this.#piece(session, body),
      ended: () => this.#lost(session),
    };
    const proof = read ?? mirror.record.read;
    try {
      const answer = await this.#peers.askOn(session, {
        type: "peer.mirror",
        log: mirror.id,
        from: mirror.size,
        read: proof,
      });
      throwIfError(answer);
    } catch (error) {
      following.session = previous === session ? undefined : previous;
      throw error;
    }
    following.ackedSize = 0;
    await registerMirror(mirror, { session, peers: this.#peers, signer: this.#ports.signer }).catch(() => undefined);
    this.#ports.observer.note("mirror following");
    const { grant } = mirror.record;
    if (grant !== undefined && grant.epoch === mirror.log?.record.epoch) {
      await this.#showGrant(following, session, grant).catch(() => undefined);
    }
    following.isCut = false;
    this.#reached(mirror.id);
  }

  #piece(session: LinkState, piece: (Push | Gap) & { readonly log: LogId }): void {
    const hub = session.peer?.ref.key;
    const following = hub && this.#all.get(mirrorKey(piece.log, hub));
    if (following === undefined || following.session !== session) return;
    void this.#ingest(following, session, piece);
  }

  async #ingest(following: Following, session: LinkState, piece: Push | Gap): Promise<void> {
    const outcome = await following.mirror.ingest(piece);
    if (following.session !== session) return;
    if (outcome === "stored") {
      following.failures = 0;
      return;
    }
    if (outcome === "lied") {
      this.#ports.observer.note("peer cut off", { code: "station/peer-lied" });
      session.frames.goodbye("station/peer-refused");
      return;
    }
    following.session = undefined;
    if (outcome === "parted") {
      // Residents' letters still go to it over this link. It is asked again at the next link, or when the loop looks after itself (F-29).
      this.#ports.observer.note("mirror parted from its hub");
      return;
    }
    // What was let go is asked for again at once; what could not be stored, or the hub did not tell, later and later.
    if (outcome !== "behind") {
      const delayMs = backoffMs(++following.failures, this.#jitter);
      await this.#ports.clock.sleep(delayMs, this.#signal).catch(() => undefined);
    }
    wake(following);
  }

  /** Tells hubs what is durable here, once a minute for each room that has grown: one signature each (E-12). */
  async #acknowledge(): Promise<void> {
    const { clock, signer } = this.#ports;
    while (!this.#signal.aborted) {
      await clock.sleep(ACK_EVERY_MS, this.#signal).catch(() => undefined);
      for (const following of this.#all.values()) {
        const { mirror, session, ackedSize } = following;
        if (this.#signal.aborted) return;
        if (session === undefined || mirror.size <= ackedSize) continue;
        const acked = await acknowledgeMirror(mirror, { session, peers: this.#peers, signer }).catch(() => ackedSize);
        if (following.session === session) following.ackedSize = acked;
      }
    }
  }

  /** The link on which a room's hub pushes, while it does. */
  pushing(log: LogId, hub: StationKey): LinkState | undefined {
    return this.#all.get(mirrorKey(log, hub))?.session;
  }

  /** Asks a room's hub over the link on which it pushes. @throws StationError `station/peer-unreachable` · of the link */
  async askHub(log: LogId, hub: StationKey, body: Request): Promise<Response> {
    const session = this.pushing(log, hub);
    if (session === undefined) throw stationError("station/peer-unreachable");
    return await this.#peers.askOn(session, body);
  }

  #lost(session: LinkState): void {
    for (const following of this.#all.values()) {
      if (following.session !== session) continue;
      following.session = undefined;
      this.#ports.observer.note("mirror lost its hub");
      wake(following);
    }
  }

  /**
   * Keeps a mirror of a room for a resident whose proof has been verified; resolves when the room's first entries are here.
   *
   * @throws StationError the hub's code · `station/peer-unreachable` · `station/not-allowed` for a log of our own, or of another hub
   */
  async mirror(log: LogId, hub: StationRef, read: ReadProof): Promise<HotLog> {
    const own = await this.#hub.cache.get(log);
    const proven = own?.record.mirror?.hub.key;
    if (own !== undefined && (proven === undefined || !equalBytes(proven, hub.key)))
      throw stationError("station/not-allowed");
    const held = this.#all.get(mirrorKey(log, hub.key));
    if (held?.mirror.log !== undefined) return await this.#renew(held, held.mirror.log, read);
    const following = held ?? this.#add(this.#newMirror(log, hub, read, own));
    const late = new AbortController();
    const timer = this.#ports.clock.sleep(PEER_ANSWER_LIMIT_MS, late.signal).then(() => late.abort());
    timer.catch(() => undefined);
    try {
      await this.#begin(following, await this.#peers.link(hub), read);
      await following.mirror.reaches(1, late.signal);
      if (following.mirror.log === undefined) throw stationError("station/peer-unreachable");
      if (own !== undefined) await following.mirror.keep({ read: following.mirror.record.read });
      if (held === undefined) this.#startLoop(following);
      return following.mirror.log;
    } catch (error) {
      // Nothing was stored; a mirror that never began is not kept trying for somebody who could not show it exists.
      if (following.mirror.log === undefined || own !== undefined) this.#forget(following);
      throw error;
    } finally {
      late.abort();
    }
  }

  /** The mirror behind a log that is here, whose hub is therefore proven. */
  #of(log: HotLog): Following | undefined {
    const hub = log.record.mirror?.hub.key;
    return hub && this.#all.get(mirrorKey(log.id, hub));
  }

  /** Nobody here reads the room any more: it is followed no longer, and the capabilities for it are gone. */
  async stop(log: HotLog): Promise<void> {
    const following = this.#of(log);
    if (following === undefined) return;
    this.#forget(following);
    following.isOver = true;
    const { session, mirror } = following;
    following.session = undefined;
    wake(following);
    await mirror.keep({ read: { key: new Uint8Array(32), signature: new Uint8Array(64) }, grant: undefined });
    if (session !== undefined)
      await this.#peers.askOn(session, { type: "log.unfollow", log: log.id }).catch(() => undefined);
  }

  #newMirror(log: LogId, hub: StationRef, read: ReadProof, held?: HotLog): Mirror {
    const record = { hub, read: { key: read.key.slice(), signature: read.signature.slice() }, grant: undefined };
    return this.#open(log, record, held);
  }

  #forget(following: Following): void {
    const key = mirrorKey(following.mirror.id, following.mirror.hub.key);
    if (this.#all.get(key) === following) this.#all.delete(key);
  }

  /** A resident of a mirrored room: its key must be one that the room named; a newer one than ours is kept. */
  async #renew(following: Following, log: HotLog, read: ReadProof): Promise<HotLog> {
    const { store } = this.#ports;
    const from = await store.readKeyFrom(log.id, read.key);
    const ours = await store.readKeyFrom(log.id, following.mirror.record.read.key);
    const isOurs = from !== undefined && from === ours;
    // One that was revoked may be named again (F-71), which only the hub can know.
    const isEnded = isOurs && (await store.revocationAfter(log.id, from)) !== undefined;
    if (from !== undefined && ours !== undefined && from <= ours && !isEnded) return log;
    const proof = { key: read.key.slice(), signature: read.signature.slice() };
    // A key named after what we have, only the hub can know; and it pushes as far as the newest key it was shown reads.
    await this.#begin(following, await this.#peers.link(following.mirror.hub), proof);
    await following.mirror.keep({ read: proof });
    if (from === undefined) await this.#untilNamed(following, read.key);
    return log;
  }

  /** Waits until the entry that names a read key is here. @throws StationError `station/peer-unreachable` */
  async #untilNamed({ mirror }: Following, key: Uint8Array): Promise<void> {
    const late = new AbortController();
    const timer = this.#ports.clock.sleep(PEER_ANSWER_LIMIT_MS, late.signal).then(() => late.abort());
    timer.catch(() => undefined);
    try {
      for (;;) {
        const { size } = mirror;
        if ((await this.#ports.store.readKeyFrom(mirror.id, key)) !== undefined) return;
        await mirror.reaches(size + 1, late.signal);
        if (late.signal.aborted) throw stationError("station/peer-unreachable");
      }
    } finally {
      late.abort();
    }
  }

  /**
   * Keeps a resident's grant for the current epoch and shows it to the hub.
   *
   * @throws StationError `station/stale-epoch` · `station/bad-signature` · the hub's code · `station/peer-unreachable`
   */
  async grant(log: HotLog, write: WriteProof): Promise<void> {
    const following = this.#of(log);
    if (following === undefined) throw stationError("station/unknown-log");
    const { record } = log;
    if (write.epoch !== record.epoch) throw stationError("station/stale-epoch", record.epoch);
    const message = grantMessage(this.#self.ref.key, log.id, write.epoch);
    if (!(await this.#ports.verify(record.writeKey, message, write.signature)))
      throw stationError("station/bad-signature");
    const kept = { epoch: write.epoch, signature: write.signature.slice() };
    if (following.mirror.record.grant?.epoch !== write.epoch) await following.mirror.keep({ grant: kept });
    await this.#showGrant(following, await linkTo(this.#peers, following), kept);
  }

  /** Shows the hub a grant, once a link and epoch. */
  async #showGrant(following: Following, session: LinkState, write: WriteProof): Promise<void> {
    const { granted, mirror } = following;
    if (granted?.session === session && granted.epoch === write.epoch) return;
    throwIfError(await askForResident(this.#peers, session, { type: "peer.grant", log: mirror.id, write }));
    following.granted = { session, epoch: write.epoch };
  }

  /** Passes a resident's append to the hub; the receipt comes back as the hub signed it. */
  async forwardAppend(log: HotLog, entry: Uint8Array, header: EntryHeader): Promise<Appended> {
    const following = this.#of(log);
    if (following === undefined) return refusal("station/unknown-log");
    const session = await linkTo(this.#peers, following);
    const { grant } = following.mirror.record;
    // On a new link the hub has seen no grant yet.
    if (grant !== undefined && grant.epoch === log.record.epoch) await this.#showGrant(following, session, grant);
    const answer = await askForResident(this.#peers, session, { type: "log.append", log: log.id, entry });
    if (answer.type === "error") return refusal(answer.code, answer.detail);
    if (answer.type !== "receipt") return refusal("station/peer-refused");
    const leafHash = this.#hub.hasher.leaf(entry);
    const hubKey = following.mirror.hub.key;
    const receipt = decodeReceipt(answer.receipt, { stationKey: hubKey, logId: log.id, leafHash });
    if (!receipt.ok) return refusal("station/peer-refused");
    // Who has a receipt for a commit goes on in the next epoch: the copy here must have it by then.
    if (header.kind === "commit" && following.session !== undefined)
      await this.#catchUp(following, receipt.value.index + 1);
    return { ok: true, index: receipt.value.index, receipt: answer.receipt };
  }

  async #catchUp(following: Following, size: number): Promise<void> {
    const late = new AbortController();
    const timer = this.#ports.clock.sleep(PEER_ANSWER_LIMIT_MS, late.signal).then(() => late.abort());
    timer.catch(() => undefined);
    await following.mirror.reaches(size, late.signal);
    late.abort();
  }

  /** Resolves when every loop has ended; the signal must be aborted first. */
  async stopped(): Promise<void> {
    for (const following of this.#all.values()) wake(following);
    await Promise.all(this.#loops);
  }
}

const isStopped = ({ read }: MirrorRecord): boolean => read.key.every((byte) => byte === 0);
