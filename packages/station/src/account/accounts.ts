/*
 * Accounts: an identity whose home is this station, and its op chain. A chain is verified once, on its way in; what is
 * read back from the store is ours and only folded. W-20, protocol/3-identity.md.
 */
import {
  chainBytes,
  compareChains,
  extendChain,
  foldChain,
  liveDevice,
  type ChainPorts,
  type DeviceId,
  type Home,
  type IdentityId,
  type IdentityState,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import { Bug, stationError } from "../errors.ts";
import type { StationIdentity, StationPorts } from "../ports.ts";
import type { KeyShelves } from "./key-shelves.ts";
import { KeyedLock } from "./keyed-lock.ts";
import type { SignUpRule } from "./sign-up.ts";

/** Identities kept folded in memory. */
const MAX_STATES = 10_000;

/** The accounts of a station. */
export class Accounts {
  readonly #ports: StationPorts;
  readonly #self: StationIdentity;
  readonly #signUp: SignUpRule;
  readonly #keys: KeyShelves;
  readonly #states = new Map<string, IdentityState>();
  readonly #lock = new KeyedLock();

  constructor(ports: StationPorts, self: StationIdentity, signUp: SignUpRule, keys: KeyShelves) {
    this.#ports = ports;
    this.#self = self;
    this.#signUp = signUp;
    this.#keys = keys;
  }

  /**
   * Makes an account (W-20). The token is checked before the chain: it is the cheaper of the two.
   *
   * @throws StationError `station/bad-token` · `station/bad-ops` · `station/not-home` · `station/stale-ops`
   */
  async register(ops: readonly Uint8Array[], token: Uint8Array): Promise<void> {
    const isInvited = await this.#signUp.accepts(token);
    if (!isInvited && !(await this.#isKnown(ops))) throw stationError("station/bad-token");
    const folded = await foldChain(ops, this.#ports);
    if (!folded.ok) throw stationError("station/bad-ops");
    const state = folded.value;
    if (!this.#isHome(state)) throw stationError("station/not-home");
    await this.#lock.run(bytesKey(state.identity), async () => {
      const held = await this.find(state.identity);
      if (held !== undefined) {
        const relation = compareChains(held, state);
        if (relation === "same") return;
        if (relation !== "ahead") throw stationError("station/stale-ops", held.ops.length);
      }
      await this.#put(state);
    });
  }

  /** Whether exactly this chain is held: registering again needs no token. */
  async #isKnown(ops: readonly Uint8Array[]): Promise<boolean> {
    const folded = await foldChain(ops, this.#trusting());
    if (!folded.ok) return false;
    const held = await this.find(folded.value.identity);
    return held !== undefined && compareChains(held, folded.value) === "same";
  }

  /**
   * Appends ops to a chain; the same again is no change.
   *
   * @throws StationError `station/stale-ops` `detail` = ops held · `station/bad-ops`
   */
  async extend(identity: IdentityId, ops: readonly Uint8Array[]): Promise<void> {
    await this.#lock.run(bytesKey(identity), async () => {
      const held = await this.need(identity);
      if (endsWith(held, ops)) return;
      const extended = await extendChain(held, ops, this.#ports);
      if (extended.ok) return await this.#put(extended.value);
      const isStale = extended.code === "identity/wrong-seq" || extended.code === "identity/wrong-prev";
      throw isStale ? stationError("station/stale-ops", held.ops.length) : stationError("station/bad-ops");
    });
  }

  /**
   * Keeps the chain of somebody whose home is elsewhere, for those who look for them when that home is gone or hides an op (I-17).
   *
   * @param mayBegin  another station passed it on for its resident; without that only a chain that is kept already may grow
   * @throws StationError `station/bad-ops` · `station/not-allowed` · `station/stale-ops` `detail` = ops held
   */
  async anchor(ops: readonly Uint8Array[], mayBegin: boolean): Promise<void> {
    const folded = await foldChain(ops, this.#ports);
    if (!folded.ok) throw stationError("station/bad-ops");
    const state = folded.value;
    const isOurs = (home: Home): boolean => equalBytes(home.station.key, this.#self.ref.key);
    await this.#lock.run(bytesKey(state.identity), async () => {
      const held = await this.find(state.identity);
      if (held === undefined && !(mayBegin && !isOurs(state.home) && state.anchors.some(isOurs)))
        throw stationError("station/not-allowed");
      const relation = held === undefined ? "ahead" : compareChains(held, state);
      if (relation === "ahead") await this.#put(state);
      else if (relation !== "same") throw stationError("station/stale-ops", held?.ops.length);
    });
  }

  /** Whoever has moved away leaves nothing here that others would begin conversations with (M-3). */
  async #put(state: IdentityState): Promise<void> {
    const { identity } = state;
    const devices = this.#isHome(state) ? [] : [...state.devices, ...state.revoked].map(({ device }) => device);
    const keys = this.#keys.drops(identity, devices);
    await this.#ports.store.commit([{ kind: "account", identity, ops: chainBytes(state) }, ...keys]);
    this.#remember(state);
  }

  /**
   * Takes the chain of somebody who left: with a tombstone (I-9), or with another home.
   *
   * @throws StationError `station/bad-ops` · `station/unknown-identity` no account here · `station/stale-ops` `detail` = ops held ·
   * `station/not-allowed` they live here
   */
  async leave(ops: readonly Uint8Array[]): Promise<IdentityState> {
    const folded = await foldChain(ops, this.#ports);
    if (!folded.ok) throw stationError("station/bad-ops");
    const state = folded.value;
    return await this.#lock.run(bytesKey(state.identity), async () => {
      const held = await this.need(state.identity);
      if (!this.#hasLivedHere(held)) throw stationError("station/unknown-identity");
      const relation = compareChains(held, state);
      if (relation !== "ahead" && relation !== "same") throw stationError("station/stale-ops", held.ops.length);
      if (this.#isHome(state)) throw stationError("station/not-allowed");
      if (relation === "ahead") await this.#put(state);
      return state;
    });
  }

  #isHome({ home, closed }: IdentityState): boolean {
    if (closed) return false;
    return equalBytes(home.station.key, this.#self.ref.key);
  }

  /** The state of somebody who lives here now. @throws StationError `station/not-home` they moved · `station/unknown-identity` */
  async needResident(identity: IdentityId): Promise<IdentityState> {
    const state = await this.need(identity);
    if (!this.#isHome(state)) throw stationError("station/not-home");
    return state;
  }

  #remember(state: IdentityState): void {
    if (this.#states.size >= MAX_STATES) this.#states.clear();
    this.#states.set(bytesKey(state.identity), state);
  }

  /** An identity's state, if it has an account here. */
  async find(identity: IdentityId): Promise<IdentityState | undefined> {
    const held = this.#states.get(bytesKey(identity));
    if (held !== undefined) return held;
    const ops = await this.#ports.store.account(identity);
    if (ops === undefined) return undefined;
    const folded = await foldChain(ops, this.#trusting());
    if (!folded.ok) throw new Bug("a stored op chain does not fold");
    this.#remember(folded.value);
    return folded.value;
  }

  /** As `find`. @throws StationError `station/unknown-identity` */
  async need(identity: IdentityId): Promise<IdentityState> {
    const state = await this.find(identity);
    if (state === undefined) throw stationError("station/unknown-identity");
    return state;
  }

  /** Checks that a resident lists a device. @throws StationError `station/unknown-identity` for either not known */
  async needDevice(identity: IdentityId, device: DeviceId): Promise<void> {
    const state = await this.need(identity);
    const isListed = liveDevice(state, device) !== undefined;
    if (!isListed || state.closed || !this.#hasLivedHere(state)) throw stationError("station/unknown-identity");
  }

  /** Whether this station is or was the home: it is an account then, and not a chain that is only kept (I-17). */
  #hasLivedHere({ ops }: IdentityState): boolean {
    return ops.some(({ op: { body } }) => {
      const home = body.kind === "genesis" || body.kind === "set-home" ? body.home : undefined;
      return home !== undefined && equalBytes(home.station.key, this.#self.ref.key);
    });
  }

  #trusting(): ChainPorts {
    return { sha256: this.#ports.sha256, verify: () => true };
  }
}

function endsWith(state: IdentityState, ops: readonly Uint8Array[]): boolean {
  const tail = state.ops.slice(state.ops.length - ops.length);
  return tail.length === ops.length && tail.every((held, i) => equalBytes(held.bytes, ops[i] ?? new Uint8Array(0)));
}
