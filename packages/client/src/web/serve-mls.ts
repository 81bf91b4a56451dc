/*
 * The worker's side of the border: implementations of the Mls port by number, and the values that they gave out by number.
 */
import type { Allow, Authenticate, FindPsk, Mls, MlsGroup, SuiteName } from "@chapar/e2e";
import {
  type Border,
  failureOf,
  type GroupView,
  type PackedGroup,
  type Question,
  type SuiteOfHooks,
  type ToPage,
  type ToWorker,
} from "./mls-border.ts";

/** What an implementation in the worker is built from; the hooks ask the page. */
export interface ServedParts {
  readonly suite?: SuiteName;
  readonly authenticate: Authenticate;
  readonly allow?: Allow;
  readonly findPsk?: FindPsk;
  readonly nowMs: () => number;
}

type Call = Extract<ToWorker, { kind: "call" }>;

function isGroup(value: unknown): value is MlsGroup {
  return typeof value === "object" && value !== null && "members" in value && typeof value.members === "function";
}

class Server {
  readonly #border: Border<ToPage, ToWorker>;
  readonly #make: (parts: ServedParts) => Mls;
  readonly #instances = new Map<number, Mls>();
  readonly #values = new Map<number, object>();
  readonly #questions = new Map<number, PromiseWithResolvers<unknown>>();
  #lastHandle = 0;
  #lastQuestion = 0;
  #nowMs = 0;

  constructor(border: Border<ToPage, ToWorker>, make: (parts: ServedParts) => Mls) {
    this.#border = border;
    this.#make = make;
    border.listen((message) => this.#take(message));
  }

  #take(message: ToWorker): void {
    if (message.kind === "live") void this.#live(message.lock);
    else if (message.kind === "begin") this.#begin(message.instance, message);
    else if (message.kind === "release") this.#values.delete(message.handle);
    else if (message.kind === "call") void this.#call(message);
    else {
      const { question, value, failure } = message;
      const waiting = this.#questions.get(question);
      this.#questions.delete(question);
      if (failure === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(failure.message));
    }
  }

  /** Holds the lock for as long as there is this worker: so the page learns of its end. */
  async #live(lock: string): Promise<void> {
    await navigator.locks.request(lock, () => {
      this.#border.post({ kind: "alive" });
      return new Promise<never>(() => {});
    });
  }

  #begin(instance: number, { suite, asks }: SuiteOfHooks): void {
    const ask = async (of: Question): Promise<unknown> => {
      const question = ++this.#lastQuestion;
      const waiting = Promise.withResolvers<unknown>();
      this.#questions.set(question, waiting);
      this.#border.post({ kind: "question", instance, question, of });
      return waiting.promise;
    };
    const allow: Allow = async (change) => (await ask({ asks: "allow", change })) === true;
    const findPsk: FindPsk = async (change) => {
      const found = await ask({ asks: "findPsk", change });
      return found instanceof Uint8Array ? found : undefined;
    };
    const mls = this.#make({
      ...(suite === undefined ? {} : { suite }),
      authenticate: async (credential, context) => (await ask({ asks: "authenticate", credential, context })) === true,
      ...(asks.includes("allow") ? { allow } : {}),
      ...(asks.includes("findPsk") ? { findPsk } : {}),
      nowMs: () => this.#nowMs,
    });
    this.#instances.set(instance, mls);
  }

  async #call(call: Call): Promise<void> {
    this.#nowMs = call.nowMs;
    try {
      const value = await this.#run(call);
      this.#border.post({ kind: "done", id: call.id, value });
    } catch (error) {
      this.#border.post({ kind: "done", id: call.id, failure: failureOf(error) });
    }
  }

  async #run({ instance, name, args }: Call): Promise<unknown> {
    const mls = this.#instances.get(instance);
    if (mls === undefined) throw new TypeError("a call before its implementation");
    const values = args.map((arg) => this.#unpacked(arg));
    const result: unknown = await Reflect.apply(mls[name], mls, values);
    // A message leaves the group's members as they were; a commit and everything else may not.
    const [from] = name === "seal" || name === "open" ? values : [];
    return this.#packed(result, isGroup(from) ? { group: from, handle: handleIn(args[0]) } : undefined);
  }

  #unpacked(arg: unknown): unknown {
    const handle = handleIn(arg);
    if (handle === undefined) return arg;
    const value = this.#values.get(handle);
    if (value === undefined) throw new TypeError("a value that the worker does not have");
    return value;
  }

  #keep(value: object): number {
    const handle = ++this.#lastHandle;
    this.#values.set(handle, value);
    return handle;
  }

  #packedGroup(group: MlsGroup, from: From | undefined): PackedGroup {
    const { groupId, suite, epoch, ownLeaf, context } = group;
    const handle = this.#keep(group);
    if (
      from?.handle !== undefined &&
      from.group.epoch === epoch &&
      from.group.members().length === group.members().length
    )
      return { handle, view: { handle: from.handle } };
    const view: GroupView = { groupId, suite, epoch, ownLeaf, context, members: group.members() };
    return { handle, view };
  }

  /** A result with its groups and pending commits as numbers. */
  #packed(value: unknown, from: From | undefined): unknown {
    if (isGroup(value)) return this.#packedGroup(value, from);
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    if ("group" in value && isGroup(value.group)) return { ...value, group: this.#packedGroup(value.group, from) };
    if ("next" in value && isGroup(value.next))
      return { ...value, handle: this.#keep(value), next: this.#packedGroup(value.next, undefined) };
    return value;
  }
}

interface From {
  readonly group: MlsGroup;
  readonly handle: number | undefined;
}

function handleIn(arg: unknown): number | undefined {
  const handle = typeof arg === "object" && arg !== null && "handle" in arg ? arg.handle : undefined;
  return typeof handle === "number" ? handle : undefined;
}

/** Serves the Mls port over a border, for as long as the worker lives. */
export function serveMls(border: Border<ToPage, ToWorker>, make: (parts: ServedParts) => Mls): void {
  void new Server(border, make);
}
