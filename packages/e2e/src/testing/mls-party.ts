/*
 * A device in MLS tests: it keeps its records as a client would (a step's writes are applied at once, all or none), and
 * its group value is whatever the last durable step gave.
 */
import { utf8 } from "@chapar/wire/bytes";
import type { CryptoPort } from "../crypto/port.ts";
import { isE2eError } from "../errors.ts";
import type {
  Allow,
  Authenticate,
  Change,
  DeviceKeys,
  FindPsk,
  GroupChange,
  Incoming,
  KeyPackage,
  Mls,
  MlsGroup,
  Pending,
  PendingJoin,
  RecordWrite,
  Step,
} from "../mls/port.ts";
import type { SuiteName } from "../mls/suite-names.ts";

/** What an implementation under test is built from. */
export interface MlsParts {
  readonly crypto: CryptoPort;
  readonly authenticate: Authenticate;
  readonly allow: Allow;
  readonly findPsk: FindPsk;
  readonly nowMs: () => number;
}

/** Builds the implementation under test. */
export type MakeMls = (parts: MlsParts) => Mls;

const TEXT = new TextDecoder();
/** Members a crowd grows by in one commit: hybrid key packages of so many fit into the largest commit. */
const CROWD_BATCH = 128;

export function textOf(incoming: Incoming): string {
  if (incoming.kind !== "message") throw new Error(`not a message: ${incoming.kind}`);
  return TEXT.decode(incoming.content);
}

export async function makeDevice(crypto: CryptoPort, identity: Uint8Array = crypto.random(20)): Promise<DeviceKeys> {
  const signaturePrivateKey = crypto.random(32);
  const device = await crypto.ed25519.publicKey(signaturePrivateKey);
  return { credential: { identity, device }, signaturePrivateKey };
}

/** The error's code, for comparing; the promise must reject with an E2eError. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isE2eError(error)) return error.code;
    throw error;
  }
  return "nothing was refused";
}

export class Party {
  readonly mls: Mls;
  readonly device: DeviceKeys;
  readonly records: Map<string, Uint8Array>;
  #group: MlsGroup | undefined;

  constructor(mls: Mls, device: DeviceKeys, records: Map<string, Uint8Array> = new Map<string, Uint8Array>()) {
    this.mls = mls;
    this.device = device;
    this.records = records;
  }

  get group(): MlsGroup {
    if (this.#group === undefined) throw new Error("not in a group");
    return this.#group;
  }

  write(writes: readonly RecordWrite[]): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.records.delete(key);
      else this.records.set(key, value.slice());
    }
  }

  /** Makes a step durable and goes on from it. */
  take<T extends Step>(step: T): T {
    this.write(step.writes);
    this.#group = step.group;
    return step;
  }

  /** Starts again from the records, as after a crash. */
  async restart(): Promise<this> {
    this.#group = await this.mls.load(this.device, new Map(this.records));
    return this;
  }

  async create(context: Uint8Array = utf8("room")): Promise<this> {
    this.take(await this.mls.create(this.device, utf8("group-0123456789"), context));
    return this;
  }

  /** A pending commit, its record durable. */
  async pend(change: Partial<Change>): Promise<Pending> {
    const pending = await this.mls.commit(this.group, { add: [], remove: [], ...change });
    this.write(pending.writes);
    return pending;
  }

  async merge(pending: Pending): Promise<void> {
    this.take(await this.mls.merge(this.group, pending));
  }

  async join(keyPackage: KeyPackage, pending: Pending): Promise<this> {
    this.take(await this.mls.join(this.device, keyPackage, pending.welcome!, pending.tree ?? new Uint8Array(0)));
    return this;
  }

  /** A joining commit to the member's epoch, its record durable. */
  async knock(member: Party, proof: Uint8Array = new Uint8Array(0)): Promise<PendingJoin> {
    this.records.clear();
    const join = await this.mls.joinExternal(this.device, await member.mls.groupInfo(member.group), proof);
    this.write(join.writes);
    return join;
  }

  async enter(join: PendingJoin): Promise<this> {
    this.take(await this.mls.enter(join));
    return this;
  }

  async seal(text: string): Promise<Uint8Array> {
    return this.take(await this.mls.seal(this.group, utf8(text))).frame;
  }

  async open(frame: Uint8Array): Promise<Incoming> {
    return this.take(await this.mls.open(this.group, frame)).incoming;
  }

  async read(frame: Uint8Array): Promise<string> {
    return textOf(await this.open(frame));
  }
}

/** Builds parties that share one world: a clock and a list of devices that are not (or no longer) in their op chain. */
export class World {
  readonly crypto: CryptoPort;
  readonly revoked = new Set<string>();
  /** contexts that the credential check was shown, newest last */
  readonly contexts: Uint8Array[] = [];
  /** every change that anyone was asked about, newest last */
  readonly changes: GroupChange[] = [];
  /** the policy of everybody in this world */
  allow: Allow = () => true;
  /** pre-shared keys that have reached everybody, by id */
  readonly psks = new Map<string, Uint8Array>();
  /** changes whose keys were asked for */
  readonly wanted: GroupChange[] = [];
  nowMs: number = Date.now();
  /** the suite of the implementation under test, for its hostile peers */
  readonly suite: SuiteName;
  readonly #make: MakeMls;

  constructor(crypto: CryptoPort, make: MakeMls, suite: SuiteName = "x-wing") {
    this.crypto = crypto;
    this.#make = make;
    this.suite = suite;
  }

  mls(make: MakeMls = this.#make): Mls {
    return make({
      crypto: this.crypto,
      authenticate: ({ device }, context) => {
        this.contexts.push(context);
        return !this.revoked.has(device.join());
      },
      allow: (change) => {
        this.changes.push(change);
        return this.allow(change);
      },
      findPsk: (change) => {
        this.wanted.push(change);
        return this.psks.get(change.psk?.join() ?? "");
      },
      nowMs: () => this.nowMs,
    });
  }

  async party(make: MakeMls = this.#make): Promise<Party> {
    return new Party(this.mls(make), await makeDevice(this.crypto));
  }

  /**
   * A group of so many members of whom only the creator and the last to join are played; the others are key packages.
   * For measuring: a member costs two key generations, not a join.
   */
  async crowd(size: number, make: MakeMls = this.#make): Promise<[Party, Party]> {
    const creator = await (await this.party(make)).create();
    for (let added = 2; added < size; added += CROWD_BATCH) {
      const add: Uint8Array[] = [];
      for (let i = added; i < Math.min(size, added + CROWD_BATCH); i++) {
        const { publicBytes } = await creator.mls.keyPackage(await makeDevice(this.crypto));
        add.push(publicBytes);
      }
      await creator.merge(await creator.pend({ add }));
    }
    const last = await this.party(make);
    await addAll(creator, [{ party: last, keyPackage: await last.mls.keyPackage(last.device) }]);
    return [creator, last];
  }

  /** A group of so many parties, all added in one commit. */
  async group(size: number, make: MakeMls = this.#make): Promise<[Party, Party, ...Party[]]> {
    const creator = await (await this.party(make)).create();
    const others: { party: Party; keyPackage: KeyPackage }[] = [];
    for (let i = 1; i < size; i++) {
      const party = await this.party(make);
      others.push({ party, keyPackage: await party.mls.keyPackage(party.device) });
    }
    await addAll(creator, others);
    return [creator, ...others.map(({ party }) => party)] as [Party, Party, ...Party[]];
  }
}

/** One commit that adds parties, who then join. */
export async function addAll(
  committer: Party,
  joiners: readonly { readonly party: Party; readonly keyPackage: KeyPackage }[],
): Promise<Uint8Array> {
  const pending = await committer.pend({ add: joiners.map(({ keyPackage }) => keyPackage.publicBytes) });
  await committer.merge(pending);
  for (const { party, keyPackage } of joiners) await party.join(keyPackage, pending);
  return pending.frame;
}

/** One commit that the committer merges and the others open. */
export async function commitTo(
  committer: Party,
  others: readonly Party[],
  change: Partial<Change> = {},
): Promise<Pending> {
  const pending = await committer.pend(change);
  await committer.merge(pending);
  for (const other of others) await other.open(pending.frame);
  return pending;
}
