/*
 * Taking back what somebody did with a stolen key (I-14 to I-16, R-12): the chain as stations have it, and after it an override by rank 0, the
 * recovery words. No account is needed for it, for the thief may have revoked this very device: ops are signed, and a station that keeps a chain
 * takes what extends it from anybody (I-17). The op and the new everyday key are on disk before they leave.
 */
import {
  decodeBundle,
  encodeBundle,
  entropyOf,
  isE2eError,
  rankZeroSeed,
  type RotationSeed,
  takeBack,
  wipeBundle,
} from "@chapar/e2e";
import { foldChain, type IdentityState, isWireError, OVERRIDE_WINDOW_MS, type StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import { Lane } from "../lane.ts";
import type { StationLink } from "../link/station-link.ts";
import { blob, fields, list, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import { markTaken } from "../trust/anchors.ts";
import { ask } from "../trust/asking.ts";
import { subjectOf } from "../trust/chain-word.ts";
import type { TakenBackView } from "../trust-api.ts";
import { chainChanges } from "./changes.ts";

interface TakeBackRow {
  /** the chain with the override */
  readonly ops: readonly Uint8Array[];
  /** the private bundle with the everyday key that holds after it */
  readonly bundle: Uint8Array;
}

/** `take-back`: by identity id; an override that no station was seen to take yet. */
const takeBackShelf: Shelf<TakeBackRow> = shelf(
  "take-back",
  row<TakeBackRow>(1, fields<TakeBackRow>({ ops: list(blob), bundle: blob })),
);

/** Overrides what a lower rank did. */
export class TakeBack {
  readonly #member: Member;
  readonly #told: () => Promise<void>;
  readonly #lane = new Lane();

  /** @param told  everyone one talks with is to hear of the chain (C-12) */
  constructor(member: Member, told: () => Promise<void>) {
    this.#member = member;
    this.#told = told;
  }

  /**
   * Takes back every op that this device did not make.
   *
   * @param words  the recovery words; undefined: those that are still on the device
   * @throws ClientError `client/no-words` · `client/nothing-to-take-back` · `client/not-taken-back` (`detail`: why not) · E2eError `e2e/bad-words`
   */
  async run(words: string | undefined): Promise<TakenBackView> {
    return this.#lane.run(() => this.#run(words));
  }

  /** Finishes what was begun; another program of this profile may have ended in between. @throws ClientError `client/not-taken-back` */
  async settle(): Promise<void> {
    await this.#lane.run(() => this.#settle());
  }

  async #run(words: string | undefined): Promise<TakenBackView> {
    const { store, profile } = this.#member;
    const { identity } = profile.row;
    // One that was begun is finished first: its key is the one that holds.
    await this.#settle();
    const seed = await this.#rankZero(words);
    try {
      const own = await this.#fold(profile.row.ops);
      const served = await this.#served(own);
      const from = firstForeign(profile.row.ops, served);
      if (served === undefined || from === undefined) throw new ClientError("client/nothing-to-take-back");
      const made = await this.#override(served, from, seed);
      const draft = new Draft();
      takeBackShelf.put(draft, identity, made);
      await draft.commit(store);
      if (!(await this.#settle())) throw new ClientError("client/not-taken-back", "station/peer-unreachable");
      const before = await this.#fold(profile.row.ops.slice(0, from));
      return {
        voided: served.ops.length - from,
        changes: chainChanges(before, served, undefined).map(({ what }) => what),
        ...this.#time(),
      };
    } finally {
      seed.wipe();
    }
  }

  /** Brings a waiting override to the stations that keep the chain. @returns whether one of them has it; true when none waits */
  async #settle(): Promise<boolean> {
    const { store, profile } = this.#member;
    const held = await takeBackShelf.get(store, profile.row.identity);
    if (held === undefined) return true;
    let refused: unknown;
    for (const station of await this.#keepers(await this.#fold(held.ops))) {
      try {
        const request = { type: "identity.anchor", ops: held.ops, at: undefined } as const;
        const taken = await this.#over(station, (link) => link.ask(request, "done"));
        if (taken !== undefined) {
          await this.#adopt(held);
          return true;
        }
      } catch (error) {
        if (!isWireError(error) || error.code === "wire/link-ended") continue;
        refused = error;
      }
    }
    if (!isWireError(refused, "station/stale-ops") && !isWireError(refused, "station/bad-ops")) return false;
    // The thief was there once more: the override does not follow what stands there now, and has to be made anew.
    const draft = new Draft();
    takeBackShelf.remove(draft, profile.row.identity);
    await draft.commit(store);
    throw new ClientError("client/not-taken-back", refused.code);
  }

  async #rankZero(words: string | undefined): Promise<RotationSeed> {
    const { crypto, profile } = this.#member;
    if (words !== undefined) {
      const entropy = await entropyOf(words);
      try {
        return rankZeroSeed(entropy, crypto);
      } finally {
        entropy.wipe();
      }
    }
    const secrets = decodeBundle(profile.row.bundle);
    try {
      if (secrets.entropy === undefined) throw new ClientError("client/no-words");
      return rankZeroSeed(secrets.entropy, crypto);
    } finally {
      wipeBundle(secrets);
    }
  }

  async #override(served: IdentityState, from: number, seed: RotationSeed): Promise<TakeBackRow> {
    const { crypto, clock, profile } = this.#member;
    const secrets = decodeBundle(profile.row.bundle);
    try {
      const signing = { seed, timeMs: clock.nowMs() };
      const made = await takeBack(served, from, signing, crypto);
      const ops = made.state.ops.map(({ bytes }) => bytes);
      const bundle = encodeBundle({ ...secrets, rankOneSeed: made.rankOneSeed });
      made.rankOneSeed.wipe();
      return { ops, bundle };
    } catch (error) {
      // Words of another identity, or ops that the words themselves signed: nobody can take those back.
      if (isE2eError(error)) throw new ClientError("client/not-taken-back", error.code, { cause: error });
      throw error;
    } finally {
      wipeBundle(secrets);
    }
  }

  /** What stations have of the own chain: the longest that verifies. */
  async #served(own: IdentityState): Promise<IdentityState | undefined> {
    const { identity } = own;
    let longest: IdentityState | undefined;
    for (const station of await this.#keepers(own)) {
      const request = { type: "identity.get", identity, at: undefined } as const;
      const answer = await this.#over(station, (link) => ask(link, request, "identity.ops"));
      const folded =
        answer &&
        (await foldChain(
          answer.ops.map((op) => op.slice()),
          this.#member,
          identity,
        ));
      if (folded?.ok === true && folded.value.ops.length > (longest?.ops.length ?? 0)) longest = folded.value;
    }
    return longest;
  }

  /** The home as this device knows it, the home that the chain names, and the anchors. */
  async #keepers({ home, anchors }: IdentityState): Promise<readonly StationRef[]> {
    const own = this.#member.profile.row.home.station;
    const others = [home, ...anchors].map(({ station }) => station);
    return [own, ...others].filter(({ key }, at, all) => all.findIndex((one) => equalBytes(one.key, key)) === at);
  }

  /** Over the link in use, or over one that shows no account. @throws what the station refused with */
  async #over<T>(station: StationRef, work: (link: StationLink) => Promise<T>): Promise<T | undefined> {
    const { directs, link } = this.#member;
    const open = link();
    if (open !== undefined && equalBytes(open.hello.station, station.key)) return work(open);
    let refused: unknown;
    const done = await directs.over(station, (path) =>
      work(path).catch((error: unknown) => {
        refused = error;
        return undefined;
      }),
    );
    if (refused !== undefined) throw refused;
    return done;
  }

  async #fold(ops: readonly Uint8Array[]): Promise<IdentityState> {
    const folded = await foldChain(ops, this.#member, this.#member.profile.row.identity);
    if (!folded.ok) throw new ClientError("client/bad-profile", folded.code);
    return folded.value;
  }

  /** A station has it: from here on it is the chain of this device. */
  async #adopt({ ops, bundle }: TakeBackRow): Promise<void> {
    const { profile, contacts, store, alerts } = this.#member;
    const { identity, home, nameVersion } = profile.row;
    const state = await this.#fold(ops);
    const draft = new Draft();
    profile.change(draft, { ops, bundle, nameVersion: nameVersion + 1 });
    contacts.put(draft, state);
    takeBackShelf.remove(draft, identity);
    await draft.commit(store);
    await markTaken(this.#member, home.station, ops.length);
    const { key } = subjectOf(this.#member, identity, home.station, ops[0] ?? new Uint8Array(0));
    await alerts.settled("ops", home.station.key, key);
    await this.#told();
  }

  /** Since when the ops are known to be logged, and whether that is too long ago for whoever saw it too (I-16). */
  #time(): Pick<TakenBackView, "sinceMs" | "late"> {
    const { alerts, profile, clock } = this.#member;
    const alert = alerts
      .shown()
      .find(
        ({ code, person }) => code === "foreign-op" && person !== undefined && equalBytes(person, profile.row.identity),
      );
    const sinceMs = alert?.sinceMs;
    return { sinceMs, late: sinceMs !== undefined && clock.nowMs() - sinceMs > OVERRIDE_WINDOW_MS };
  }
}

/** The first op of a served chain that the own one does not have in its place. */
function firstForeign(own: readonly Uint8Array[], served: IdentityState | undefined): number | undefined {
  const at = served?.ops.findIndex(({ bytes }, index) => {
    const ours = own[index];
    return ours === undefined || !equalBytes(ours, bytes);
  });
  return at === undefined || at < 1 ? undefined : at;
}
