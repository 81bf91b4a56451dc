/*
 * The own anchors (I-17, R-11): stations that this device speaks with anyhow, the homes of those it talks with, keep the own chain
 * too. An op that names them is the home's first: it waits on disk until the home has taken it, so that the chain on this device is never another
 * than the one at home; then the chain is passed on to each anchor, again until it has taken it.
 */
import { decodeBundle, setAnchors, wipeBundle } from "@chapar/e2e";
import { foldChain, type Home, type IdentityState, isWireError, type StationKey, type StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { blob, count, fields, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import { ask } from "./asking.ts";

/** Anchors of an identity (3-identity.md I-17); only as many are named as a chain may have. */
const ANCHORS = 4;
const NOTHING = new Uint8Array(0);

interface AnchorRow {
  /** ops of the own chain that the station has taken */
  readonly opCount: number;
  /** at the home: an op that it was not seen to take yet; empty when there is none */
  readonly op: Uint8Array;
}

/** `anchor`: by station key; how much of the own chain a station has. */
const anchorShelf: Shelf<AnchorRow> = shelf(
  "anchor",
  row<AnchorRow>(1, fields<AnchorRow>({ opCount: count, op: blob })),
);

const NEW: AnchorRow = { opCount: 0, op: NOTHING };

/** The homes of those this device talks with, its own first: nothing is sent to a station that is not among them. */
export async function spokenWith({ profile, book, contacts }: Member): Promise<readonly Home[]> {
  const { station, region } = profile.row.home;
  const homes: Home[] = [{ station, region }];
  for (const { peer, state } of book.all()) {
    const home = state === "open" ? (await contacts.get(peer))?.state.home : undefined;
    if (home !== undefined && !isAmong(homes, home.station)) homes.push(home);
  }
  return homes;
}

/** Whether a station is one of some homes. */
export function isAmong(homes: readonly Home[], { key }: StationRef): boolean {
  return homes.some(({ station }) => equalBytes(station.key, key));
}

/** A station has so many ops of the own chain. */
export async function markTaken({ store }: Pick<Member, "store">, station: StationRef, opCount: number): Promise<void> {
  const draft = new Draft();
  anchorShelf.put(draft, station.key, { opCount, op: NOTHING });
  await draft.commit(store);
}

/** Names anchors and keeps them up to date. */
export class Anchors {
  readonly #member: Member;
  readonly #changed: () => Promise<void>;

  /** @param changed  everyone one talks with is to hear of the own chain (C-12) */
  constructor(member: Member, changed: () => Promise<void>) {
    this.#member = member;
    this.#changed = changed;
  }

  /** Does what is left to do; what is refused is tried again at the next turn. */
  async run(link: StationLink): Promise<void> {
    const { profile } = this.#member;
    if (!profile.row.registered) return;
    await this.#settle(link);
    if (await this.#name()) await this.#settle(link);
    const { ops } = profile.row;
    for (const { station } of (await this.#own()).anchors) {
      const row = await this.#row(station.key);
      if (row.opCount >= ops.length || equalBytes(station.key, link.hello.station)) continue;
      const taken = await ask(link, { type: "identity.anchor", ops, at: station }, "done");
      if (taken !== undefined) await this.#put(station.key, { opCount: ops.length, op: NOTHING });
    }
  }

  async #own(): Promise<IdentityState> {
    const { identity, ops } = this.#member.profile.row;
    const folded = await foldChain(ops, this.#member, identity);
    if (!folded.ok) throw new ClientError("client/bad-profile", folded.code);
    return folded.value;
  }

  async #row(station: StationKey): Promise<AnchorRow> {
    return (await anchorShelf.get(this.#member.store, station)) ?? NEW;
  }

  async #put(station: StationKey, value: AnchorRow): Promise<void> {
    const draft = new Draft();
    anchorShelf.put(draft, station, value);
    await draft.commit(this.#member.store);
  }

  /** Makes the op that names stations spoken with since; it is on disk before it leaves. @returns whether there is one */
  async #name(): Promise<boolean> {
    const { profile, clock, crypto } = this.#member;
    const { home, bundle } = profile.row;
    const held = await this.#row(home.station.key);
    const state = await this.#own();
    if (held.op.byteLength > 0 || state.anchors.length >= ANCHORS || state.closed) return false;
    const others = (await spokenWith(this.#member)).slice(1).filter(({ station }) => !isAmong(state.anchors, station));
    if (others.length === 0) return false;
    const secrets = decodeBundle(bundle);
    try {
      if (secrets.rankOneSeed === undefined) return false;
      const signing = { seed: secrets.rankOneSeed, timeMs: clock.nowMs() };
      const { ops } = await setAnchors(state, [...state.anchors, ...others].slice(0, ANCHORS), signing, crypto);
      await this.#put(home.station.key, { ...held, op: ops[0] ?? NOTHING });
      return true;
    } finally {
      wipeBundle(secrets);
    }
  }

  /** Brings a waiting op to the home; once it is there it is the chain's. */
  async #settle(link: StationLink): Promise<void> {
    const { profile, contacts, store, failed } = this.#member;
    const { home, ops, identity } = profile.row;
    const held = await this.#row(home.station.key);
    if (held.op.byteLength === 0) return;
    try {
      await link.ask({ type: "identity.put", ops: [held.op] }, "done");
    } catch (error) {
      const isRefused = isWireError(error, "station/stale-ops") || isWireError(error, "station/bad-ops");
      // The home has another op in its place: whose it is the watch finds out.
      if (isRefused) await this.#put(home.station.key, { ...held, op: NOTHING });
      if (isWireError(error, "wire/link-ended")) throw error;
      return failed(error);
    }
    const longer = [...ops, held.op];
    const folded = await foldChain(longer, this.#member, identity);
    if (!folded.ok) throw new ClientError("client/bad-profile", folded.code);
    const draft = new Draft();
    profile.change(draft, { ops: longer, nameVersion: profile.row.nameVersion + 1 });
    contacts.put(draft, folded.value);
    anchorShelf.put(draft, home.station.key, { opCount: longer.length, op: NOTHING });
    await draft.commit(store);
    await this.#changed();
  }
}
