/*
 * The Mls port with the work done in a worker (protocol/4-groups.md §12): a commit at 1,000 members hashes for a tenth of a second
 * and more, which a page must not stand still for. The page holds numbers; when it lets one go, the worker is told. A worker that
 * ended is followed by another when something is asked next; what was a number of the old one is loaded from its records anew.
 */
import type {
  Allow,
  Authenticate,
  FindPsk,
  GroupMember,
  Mls,
  MlsGroup,
  Pending,
  PendingJoin,
  RecordWrite,
  Step,
  SuiteName,
} from "@chapar/e2e";
import type { CallName, GroupView, Handle, PackedGroup, Question, SuiteOfHooks } from "./mls-border.ts";
import { MlsLife } from "./mls-life.ts";

/** What an implementation behind the border is built from, as `tsMls` is; the hooks run in the page. */
export interface WorkerMlsParts {
  readonly suite?: SuiteName;
  readonly authenticate: Authenticate;
  readonly allow?: Allow;
  readonly findPsk?: FindPsk;
  readonly nowMs: () => number;
  /** told when groups in memory are of no use any more: whoever keeps one loads it again */
  readonly lost?: () => void;
}

/** A value of one life of the worker. */
interface Held extends Handle {
  readonly life: MlsLife;
}

class RemoteGroup implements MlsGroup {
  readonly view: GroupView;

  constructor(view: GroupView) {
    this.view = view;
  }

  get groupId(): Uint8Array {
    return this.view.groupId;
  }

  get suite(): SuiteName {
    return this.view.suite;
  }

  get epoch(): number {
    return this.view.epoch;
  }

  get ownLeaf(): number {
    return this.view.ownLeaf;
  }

  get context(): Uint8Array {
    return this.view.context;
  }

  members(): readonly GroupMember[] {
    return this.view.members;
  }
}

type Packed<T> = Omit<T, "group" | "next"> & { readonly group: PackedGroup; readonly next: PackedGroup };
type Made<T> = Packed<T> & Handle;

/** Which value of the worker a group, or a pending commit, stands for. */
const held = new WeakMap<object, Held>();

function hold<T extends object>(value: T, handle: number, life: MlsLife): T {
  held.set(value, { handle, life });
  life.follow(value, handle);
  return value;
}

function groupOf({ handle, view }: PackedGroup, life: MlsLife, from?: MlsGroup): RemoteGroup {
  const known = "handle" in view && from instanceof RemoteGroup ? from.view : view;
  return hold(new RemoteGroup(known as GroupView), handle, life);
}

function pendingOf<T extends Pending | PendingJoin>({ handle, ...plain }: Made<T>, life: MlsLife): T {
  return hold({ ...plain, next: groupOf(plain.next, life) } as unknown as T, handle, life);
}

const forgets = (key: string): readonly RecordWrite[] => [{ key, value: undefined }];

/** The page's side; several implementations of the port may share it. */
export class MlsWorker {
  readonly #start: () => Worker | Promise<Worker>;
  readonly #instances = new Map<number, WorkerMlsParts>();
  #life: Promise<MlsLife> | undefined;
  #isEnded = false;

  /** @param start  starts a worker whose entry is `mls-worker.ts`; asked again when one has ended */
  constructor(start: () => Worker | Promise<Worker>) {
    this.#start = start;
  }

  /** Ends the worker, and lets no other begin: no secret of a group stays in memory. */
  async end(): Promise<void> {
    this.#isEnded = true;
    (await this.#life?.catch(() => undefined))?.end();
  }

  async #begin(): Promise<MlsLife> {
    try {
      const worker = await this.#start();
      const life = new MlsLife(
        worker,
        async (instance, of) => this.#asked(instance, of),
        () => this.#over(),
      );
      // It was closed while the worker was on its way.
      if (this.#isEnded) life.end();
      return life;
    } catch (error) {
      this.#life = undefined;
      throw error;
    }
  }

  #over(): void {
    this.#life = undefined;
    for (const { lost } of this.#instances.values()) lost?.();
  }

  async #asked(instance: number, of: Question): Promise<unknown> {
    const parts = this.#instances.get(instance);
    if (of.asks === "authenticate") return parts?.authenticate(of.credential, of.context);
    return parts?.[of.asks]?.(of.change);
  }

  /** Asks, and says which life answered. */
  async #call<T>(instance: number, name: CallName, args: readonly unknown[]): Promise<readonly [T, MlsLife]> {
    if (this.#isEnded) throw new TypeError("the worker ended");
    const life = await (this.#life ??= this.#begin());
    const parts = this.#instances.get(instance);
    const given = args.map((arg) => {
      const of = held.get(arg as object);
      if (of === undefined) return arg;
      if (of.life === life) return { handle: of.handle };
      parts?.lost?.();
      throw new TypeError("a value of a worker that ended");
    });
    const asks = (["authenticate", "allow", "findPsk"] as const).filter((hook) => parts?.[hook] !== undefined);
    const built: SuiteOfHooks = { asks, ...(parts?.suite === undefined ? {} : { suite: parts.suite }) };
    return [(await life.call(instance, built, { name, args: given, nowMs: parts?.nowMs() ?? 0 })) as T, life];
  }

  /** Builds one implementation of the port in the worker. */
  mls(parts: WorkerMlsParts): Mls {
    const instance = this.#instances.size + 1;
    this.#instances.set(instance, parts);
    const call = async <T>(name: CallName, ...args: readonly unknown[]): Promise<T> =>
      (await this.#call<T>(instance, name, args))[0];
    const step = async <T extends Step>(name: CallName, from: MlsGroup | undefined, ...args: unknown[]): Promise<T> => {
      const [packed, life] = await this.#call<Packed<T>>(instance, name, args);
      return { ...packed, group: groupOf(packed.group, life, from) } as unknown as T;
    };
    const found = async <T extends Pending | PendingJoin>(
      name: CallName,
      ...args: unknown[]
    ): Promise<T | undefined> => {
      const [made, life] = await this.#call<Made<T> | undefined>(instance, name, args);
      return made && pendingOf<T>(made, life);
    };
    const made = async <T extends Pending | PendingJoin>(name: CallName, ...args: unknown[]): Promise<T> => {
      const value = await found<T>(name, ...args);
      if (value === undefined) throw new TypeError("the worker made nothing");
      return value;
    };
    return {
      keyPackage: (device, suite) => call("keyPackage", device, suite),
      inspect: (keyPackage) => call("inspect", keyPackage),
      create: (device, groupId, context, suite) => step("create", undefined, device, groupId, context, suite),
      load: async (device, records) => {
        const [packed, life] = await this.#call<PackedGroup>(instance, "load", [device, new Map(records)]);
        return groupOf(packed, life);
      },
      loadPending: (device, records) => found<Pending>("loadPending", device, new Map(records)),
      commit: (group, change) => made<Pending>("commit", group, change),
      merge: (group, pending) => step("merge", group, group, pending),
      drop: (group, pending) => {
        void call("drop", group, pending).catch(() => undefined);
        return { group, writes: forgets("pending") };
      },
      join: (device, own, welcome, tree) => step("join", undefined, device, own, welcome, tree),
      sealPsk: (keyPackage, psk) => call("sealPsk", keyPackage, psk),
      openPsk: (own, sealed) => call("openPsk", own, sealed),
      groupInfo: (group) => call("groupInfo", group),
      joinExternal: (device, given, proof) => made<PendingJoin>("joinExternal", device, given, proof),
      loadPendingJoin: (device, records) => found<PendingJoin>("loadPendingJoin", device, new Map(records)),
      enter: (join) => step("enter", undefined, join),
      abandon: (join) => {
        void call("abandon", join).catch(() => undefined);
        return forgets("joining");
      },
      seal: (group, content) => step("seal", group, group, content),
      open: (group, frame) => step("open", group, group, frame),
      exportSecret: (group, label, context, sizeBytes) => call("exportSecret", group, label, context, sizeBytes),
    };
  }
}
