/*
 * The Mls port with the work done in a worker: a commit at 1,000 members hashes for a tenth of a second and more, which a page
 * must not stand still for. The page holds handles; when it lets one go, the worker is told.
 */
import {
  type Allow,
  type Authenticate,
  E2E_CODES,
  type E2eCode,
  e2eError,
  type FindPsk,
  type GroupMember,
  type Mls,
  type MlsGroup,
  type Pending,
  type PendingJoin,
  type RecordWrite,
  type Step,
  type SuiteName,
} from "@chapar/e2e";
import {
  type Border,
  type CallName,
  type Failure,
  failureOf,
  type GroupView,
  type Handle,
  type PackedGroup,
  type Question,
  type ToPage,
  type ToWorker,
} from "./mls-border.ts";

/** What an implementation behind the border is built from, as `tsMls` is; the hooks run in the page. */
export interface WorkerMlsParts {
  readonly suite: SuiteName;
  readonly authenticate: Authenticate;
  readonly allow: Allow;
  readonly findPsk: FindPsk;
  readonly nowMs: () => number;
}

class RemoteGroup implements MlsGroup, Handle {
  readonly handle: number;
  readonly view: GroupView;

  constructor(handle: number, view: GroupView) {
    this.handle = handle;
    this.view = view;
  }

  get groupId(): Uint8Array {
    return this.view.groupId;
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

function thrown({ code, message }: Failure): Error {
  return code !== undefined && code in E2E_CODES ? e2eError(code as E2eCode) : new Error(message);
}

/** The page's side of one border; several implementations of the port may share it. */
export class MlsBorder {
  readonly #border: Border<ToWorker, ToPage>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #instances = new Map<number, WorkerMlsParts>();
  readonly #released = new FinalizationRegistry<number>((handle) => this.#border.post({ kind: "release", handle }));
  #lastCall = 0;

  constructor(border: Border<ToWorker, ToPage>) {
    this.#border = border;
    border.listen((message) => this.#take(message));
  }

  #take(message: ToPage): void {
    if (message.kind === "question") {
      void this.#answer(message.instance, message.question, message.of);
      return;
    }
    const { id, value, failure } = message;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiting?.resolve(value);
    else waiting?.reject(thrown(failure));
  }

  async #answer(instance: number, question: number, of: Question): Promise<void> {
    try {
      this.#border.post({ kind: "answer", question, value: await this.#asked(instance, of) });
    } catch (error) {
      this.#border.post({ kind: "answer", question, failure: failureOf(error) });
    }
  }

  async #asked(instance: number, of: Question): Promise<unknown> {
    const parts = this.#instances.get(instance);
    if (of.asks === "authenticate") return parts?.authenticate(of.credential, of.context);
    return of.asks === "allow" ? parts?.allow(of.change) : parts?.findPsk(of.groupId, of.id);
  }

  async #call<T>(instance: number, name: CallName, args: readonly unknown[]): Promise<T> {
    const id = ++this.#lastCall;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    const given = args.map((arg) => {
      const handle = handles.get(arg as object) ?? (arg instanceof RemoteGroup ? arg.handle : undefined);
      return handle === undefined ? arg : { handle };
    });
    const nowMs = this.#instances.get(instance)?.nowMs() ?? 0;
    this.#border.post({ kind: "call", id, instance, name, args: given, nowMs });
    return (await waiting.promise) as T;
  }

  #group({ handle, view }: PackedGroup, from?: MlsGroup): RemoteGroup {
    const known = "handle" in view && from instanceof RemoteGroup ? from.view : view;
    const group = new RemoteGroup(handle, known as GroupView);
    this.#released.register(group, handle);
    return group;
  }

  #pending<T extends Pending | PendingJoin>(packed: (Packed<T> & Handle) | undefined): T | undefined {
    if (packed === undefined) return undefined;
    const { handle, ...plain } = packed;
    const value = { ...plain, next: this.#group(packed.next) } as unknown as T;
    handles.set(value, handle);
    this.#released.register(value, handle);
    return value;
  }

  /** Builds one implementation of the port in the worker. */
  mls(parts: WorkerMlsParts): Mls {
    const instance = this.#instances.size + 1;
    this.#instances.set(instance, parts);
    this.#border.post({ kind: "begin", instance, suite: parts.suite });
    const call = async <T>(name: CallName, ...args: readonly unknown[]): Promise<T> =>
      this.#call<T>(instance, name, args);
    const step = async <T extends Step>(name: CallName, from: MlsGroup | undefined, ...args: unknown[]): Promise<T> => {
      const packed = await call<Packed<T>>(name, ...args);
      return { ...packed, group: this.#group(packed.group, from) } as unknown as T;
    };
    const made = async <T extends Pending | PendingJoin>(name: CallName, ...args: unknown[]): Promise<T> => {
      const value = this.#pending<T>(await call<Packed<T> & Handle>(name, ...args));
      if (value === undefined) throw new TypeError("the worker made nothing");
      return value;
    };
    const forgets = (key: string): readonly RecordWrite[] => [{ key, value: undefined }];
    return {
      keyPackage: (device) => call("keyPackage", device),
      inspect: (keyPackage) => call("inspect", keyPackage),
      create: (device, groupId, context) => step("create", undefined, device, groupId, context),
      load: async (device, records) => this.#group(await call<PackedGroup>("load", device, new Map(records))),
      loadPending: async (device, records) =>
        this.#pending<Pending>(await call("loadPending", device, new Map(records))),
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
      loadPendingJoin: async (device, records) =>
        this.#pending<PendingJoin>(await call("loadPendingJoin", device, new Map(records))),
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

/** Which value of the worker a pending commit here stands for. */
const handles = new WeakMap<object, number>();
