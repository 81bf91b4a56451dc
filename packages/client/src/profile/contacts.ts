/*
 * Other people's op chains. A chain is checked before anything is believed of it, and may only ever grow: an older one is
 * refused (F-3, I-10), one that differs is evidence that its keys signed two histories.
 */
import type { Authenticate, DeviceCredential } from "@chapar/e2e";
import {
  chainBytes,
  type ChainPorts,
  foldChain,
  type IdentityId,
  identityOf,
  idText,
  type IdentityState,
  liveDevice,
  replacementFault,
} from "@chapar/wire";
import type { Store } from "../store/port.ts";
import { type Draft, type Shelf, shelf } from "../store/shelf.ts";
import { ClientError } from "../errors.ts";
import { type ContactRow, contactRow } from "./profile-row.ts";

export const contactShelf: Shelf<ContactRow> = shelf("contact", contactRow);

/** A person as this device knows them. */
export interface Contact {
  readonly state: IdentityState;
  /** as they call themselves; empty until they said so */
  readonly name: string;
}

/** People met so far. Their chains are small and stay in memory once used. */
export class ContactBook {
  readonly store: Store;
  readonly #ports: ChainPorts;
  readonly #known = new Map<string, Contact>();
  /** checked chains as they were last put into a draft, written or not, or learned for the moment */
  readonly #coming = new Map<string, IdentityState>();
  /** whether this device is in the group of a conversation */
  isIn: (conversation: Uint8Array) => boolean = () => false;

  constructor(store: Store, ports: ChainPorts) {
    this.store = store;
    this.#ports = ports;
  }

  async get(identity: Uint8Array): Promise<Contact | undefined> {
    const held = this.#known.get(idText(identity));
    if (held !== undefined) return held;
    const row = await contactShelf.get(this.store, identity);
    if (row === undefined) return undefined;
    const folded = await foldChain(row.ops, this.#ports, identity);
    if (!folded.ok) throw new ClientError("client/bad-profile", folded.code);
    const contact = { state: folded.value, name: row.name };
    this.#known.set(idText(identity), contact);
    return contact;
  }

  /** The name of somebody whom `get` has found; empty otherwise, and until they said one. */
  nameOf(identity: Uint8Array): string {
    return this.#known.get(idText(identity))?.name ?? "";
  }

  /**
   * Checks a served chain against the identity asked for and against the one held.
   *
   * @throws ClientError `client/wrong-chain` · `client/stale-chain` · `client/forked-chain`
   */
  async check(ops: readonly Uint8Array[], identity: Uint8Array): Promise<IdentityState> {
    const folded = await foldChain(ops, this.#ports, identity);
    if (!folded.ok) throw new ClientError("client/wrong-chain", folded.code);
    const held = await this.get(identity);
    const fault = held === undefined ? undefined : replacementFault(held.state, folded.value);
    if (fault !== undefined) {
      throw new ClientError(fault === "identity/forked" ? "client/forked-chain" : "client/stale-chain", fault);
    }
    return folded.value;
  }

  /** Whose chain this claims to be: the hash of its first op, which `check` then holds it to. */
  identityOf(ops: readonly Uint8Array[]): IdentityId | undefined {
    const [genesis] = ops;
    return genesis === undefined ? undefined : identityOf(genesis, this.#ports.sha256);
  }

  /** Puts a checked chain into a draft, keeping the name. */
  put(draft: Draft, state: IdentityState, name?: string): void {
    const text = idText(state.identity);
    const contact: Contact = { state, name: name ?? this.#known.get(text)?.name ?? "" };
    contactShelf.put(draft, state.identity, { ops: chainBytes(state), name: contact.name });
    // A chain is signed by its own keys: a commit in the same page may add a device that it lists (D-11).
    this.#coming.set(text, state);
    draft.after(() => this.#known.set(text, contact));
  }

  /**
   * A chain that somebody showed, checked, and believed for the moment: whoever is introduced is judged before what introduced them is
   * on disk (F-64).
   *
   * @throws ClientError as `check`
   */
  async learn(ops: readonly Uint8Array[], identity: Uint8Array): Promise<IdentityState> {
    const state = await this.check(ops, identity);
    this.#coming.set(idText(identity), state);
    return state;
  }

  /** The chain as it is after what was read so far, written or not. */
  async newest(identity: Uint8Array): Promise<IdentityState | undefined> {
    return this.#coming.get(idText(identity)) ?? (await this.get(identity))?.state;
  }

  /** Whether a credential is a live device of a chain that is held or was just learned. */
  async isLive({ identity, device }: DeviceCredential): Promise<boolean> {
    const state = await this.newest(identity);
    return state !== undefined && liveDevice(state, device) !== undefined;
  }

  /** Whether a credential is a live device: of a chain held, or of the chain that the room's creator put into it (F-5). */
  readonly authenticate: Authenticate = async (credential, context) => {
    if (await this.isLive(credential)) return true;
    const { isVouched } = await import("./vouching.ts");
    return isVouched(this, credential, context);
  };
}
