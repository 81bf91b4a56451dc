/*
 * The group value behind the port's opaque MlsGroup, and the line of values it belongs to.
 *
 * Values are immutable, but the secrets in them must not outlive their use. Both hold because wiping waits: a step keeps
 * what it consumed as *residue*, and only when its result is used for a further step (the caller has gone on, so the
 * change is durable) is the residue wiped. From then on every value that the line left behind is refused with
 * `e2e/stale-group`, for its secrets are zeros. A caller whose transaction failed simply keeps the old value.
 *
 * The line also remembers which own generations were handed out, so that sealing twice from one value (a retry after a
 * failed write, two callers at once) takes two different keys.
 */
import type { ClientState, RatchetTree } from "ts-mls";
import { e2eError } from "../../errors.ts";
import type { DeviceCredential, GroupMember, MlsGroup } from "../port.ts";
import { suiteNamed } from "./library-suites.ts";
import type { EpochKeys } from "./secret-tree.ts";
import type { SuiteName } from "../suite-names.ts";

/** Which of this device's two ratchets. */
export type RatchetKind = "handshake" | "application";

/** One chain of group values, from creation, join or load on. */
export class Lineage {
  /** the latest value that a step was taken from */
  head: TsGroup | undefined;
  /** next unused own generation at `epoch` */
  epoch = -1;
  handshake = 0;
  application = 0;
}

/** What the codec of credentials needs; a profile may read foreign credentials differently. */
export type ReadCredential = (identity: Uint8Array, signatureKey: Uint8Array) => DeviceCredential | undefined;

export interface TsGroupParts {
  readonly state: ClientState;
  readonly keys: EpochKeys;
  /** keys of the epoch before, whose messages can still be read */
  readonly past: EpochKeys | undefined;
  readonly context: Uint8Array;
  readonly lineage: Lineage;
  readonly parent: TsGroup | undefined;
  readonly residue: readonly Uint8Array[];
  readonly readCredential: ReadCredential;
  /** a pending commit's outcome: good for exporting, not for messages */
  readonly provisional: boolean;
  /** this device was removed */
  readonly left: boolean;
}

/** The members of a tree in leaf order; leaves whose credential does not parse cannot be in a checked tree. */
export function membersOf(tree: RatchetTree, readCredential: ReadCredential): GroupMember[] {
  const members: GroupMember[] = [];
  for (let node = 0; node < tree.length; node += 2) {
    const member = memberAt(tree, node / 2, readCredential);
    if (member !== undefined) members.push(member);
  }
  return members;
}

export function memberAt(tree: RatchetTree, leaf: number, readCredential: ReadCredential): GroupMember | undefined {
  const node = tree[2 * leaf];
  if (
    node?.nodeType !== "leaf" ||
    node.leaf.credential.credentialType !== "basic" ||
    !("identity" in node.leaf.credential)
  ) {
    return undefined;
  }
  const credential = readCredential(node.leaf.credential.identity, node.leaf.signaturePublicKey);
  return credential === undefined ? undefined : { leaf, credential };
}

/** One value of a group. Only this folder looks inside. */
export class TsGroup implements MlsGroup {
  readonly state: ClientState;
  readonly keys: EpochKeys;
  readonly past: EpochKeys | undefined;
  readonly context: Uint8Array;
  readonly lineage: Lineage;
  readonly provisional: boolean;
  readonly left: boolean;
  readonly #readCredential: ReadCredential;
  #parent: TsGroup | undefined;
  #residue: readonly Uint8Array[];
  #members: readonly GroupMember[] | undefined;

  constructor(parts: TsGroupParts) {
    this.state = parts.state;
    this.keys = parts.keys;
    this.past = parts.past;
    this.context = parts.context;
    this.lineage = parts.lineage;
    this.provisional = parts.provisional;
    this.left = parts.left;
    this.#readCredential = parts.readCredential;
    this.#parent = parts.parent;
    this.#residue = parts.residue;
    this.lineage.head ??= this;
  }

  get groupId(): Uint8Array {
    return this.state.groupContext.groupId;
  }

  get suite(): SuiteName {
    return suiteNamed(this.state.groupContext.cipherSuite);
  }

  get epoch(): number {
    return Number(this.state.groupContext.epoch);
  }

  get ownLeaf(): number {
    return this.state.privatePath.leafIndex;
  }

  members(): readonly GroupMember[] {
    this.#members ??= membersOf(this.state.ratchetTree, this.#readCredential);
    return this.#members;
  }

  /** This value and those before it, newest first, as far as they have not been settled. */
  #line(): readonly TsGroup[] {
    const line: TsGroup[] = [this];
    for (let group = this.#parent; group !== undefined; group = group.#parent) line.push(group);
    return line;
  }

  /** Whether the line has not gone on past this value. */
  get live(): boolean {
    return this.#line().some((group) => group === this.lineage.head);
  }

  /** Makes this value the line's head: wipes what led to it and leaves its siblings behind. */
  settle(): void {
    if (!this.live) throw e2eError("e2e/stale-group");
    for (const group of this.#line()) {
      if (group === this.lineage.head) break;
      for (const secret of group.#residue) secret.fill(0);
      group.#residue = [];
      group.#parent = undefined;
    }
    this.lineage.head = this;
  }
}

/** The value behind the port's type. */
export function inside(group: MlsGroup): TsGroup {
  if (!(group instanceof TsGroup)) throw new TypeError("a group of another MLS implementation");
  return group;
}

/** A value that a step may be taken from: live, accepted, and still a member. */
export function usable(group: MlsGroup): TsGroup {
  const value = inside(group);
  if (value.provisional) throw e2eError("e2e/stale-group");
  if (value.left) throw e2eError("e2e/not-a-member");
  value.settle();
  return value;
}

/** The parts of a value that hold secrets. */
export type SecretParts = Pick<TsGroupParts, "state" | "keys" | "past">;

/** Every secret a value holds, by array. */
function secretsOf({ state, keys, past }: SecretParts): Set<Uint8Array> {
  const secrets = new Set<Uint8Array>(Object.values(state.keySchedule));
  for (const key of Object.values(state.privatePath.privateKeys)) secrets.add(key);
  const trees = [state.secretTree];
  for (const former of state.historicalReceiverData.values()) {
    trees.push(former.secretTree);
    secrets.add(former.senderDataSecret).add(former.resumptionPsk);
  }
  for (const tree of trees) {
    for (const node of tree) secrets.add(node.handshake.secret).add(node.application.secret);
  }
  for (const held of [keys, past]) for (const secret of held?.frontier.values() ?? []) secrets.add(secret);
  return secrets;
}

/** The secrets of one value that another no longer holds. Cost: O(members). */
export function secretsLost(before: SecretParts, after: SecretParts): Uint8Array[] {
  const kept = secretsOf(after);
  return [...secretsOf(before)].filter((secret) => !kept.has(secret));
}

/** Ends a value that was never the group: wipes its secrets and has every use of it refused. */
export function wipe(group: TsGroup): void {
  for (const secret of secretsOf(group)) secret.fill(0);
  group.lineage.head = undefined;
}
