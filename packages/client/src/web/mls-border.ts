/*
 * What crosses between a page and the worker that does its group encryption: calls of the Mls port, their results, and the
 * questions that the port asks back (credentials, rules, keys). Everything is plain data that can be cloned; groups and
 * pending commits stay in the worker and are numbers here.
 *
 * A group's members are sent once an epoch: a message step has the group that it began with, so it names that one's view.
 */
import type { DeviceCredential, GroupChange, GroupMember, SuiteName } from "@chapar/e2e";

/** The calls that answer with a promise, and the two that the page answers itself and only tells the worker of. */
export type CallName =
  | "keyPackage"
  | "inspect"
  | "create"
  | "load"
  | "loadPending"
  | "commit"
  | "merge"
  | "drop"
  | "join"
  | "sealPsk"
  | "openPsk"
  | "groupInfo"
  | "joinExternal"
  | "loadPendingJoin"
  | "enter"
  | "abandon"
  | "seal"
  | "open"
  | "exportSecret";

/** What a page may show of a group without asking. */
export interface GroupView {
  readonly suite: SuiteName;
  readonly groupId: Uint8Array;
  readonly epoch: number;
  readonly ownLeaf: number;
  readonly context: Uint8Array;
  readonly members: readonly GroupMember[];
}

/** A value that stays in the worker. */
export interface Handle {
  readonly handle: number;
}

/** A group on its way to the page: whose view it has, or its own. */
export interface PackedGroup extends Handle {
  readonly view: GroupView | Handle;
}

/** The questions of the port. */
export type Question =
  | { readonly asks: "authenticate"; readonly credential: DeviceCredential; readonly context: Uint8Array }
  | { readonly asks: "allow" | "findPsk"; readonly change: GroupChange };

/** How something failed: with a code of e2e's table, or otherwise. */
export interface Failure {
  readonly code: string | undefined;
  readonly message: string;
}

/** What an implementation is built with: its suite, where one is named, and the questions that the page answers for it. */
export interface SuiteOfHooks {
  readonly suite?: SuiteName;
  readonly asks: readonly Question["asks"][];
}

/** What the page answers to a question. */
export interface Answer {
  readonly value?: unknown;
  readonly failure?: Failure;
}

export type ToWorker =
  | { readonly kind: "live"; readonly lock: string }
  | ({ readonly kind: "begin"; readonly instance: number } & SuiteOfHooks)
  | {
      readonly kind: "call";
      readonly id: number;
      readonly instance: number;
      readonly name: CallName;
      readonly args: readonly unknown[];
      readonly nowMs: number;
    }
  | ({ readonly kind: "answer"; readonly question: number } & Answer)
  | { readonly kind: "release"; readonly handle: number };

export type ToPage =
  /** the lock is held from now on, as long as the worker lives */
  | { readonly kind: "alive" }
  | ({ readonly kind: "done"; readonly id: number } & Answer)
  | { readonly kind: "question"; readonly instance: number; readonly question: number; readonly of: Question };

/** The half of a Worker, or of a MessagePort, that both sides need. */
export interface Border<Out, In> {
  post(message: Out): void;
  /** Called once, before anything is posted. */
  listen(take: (message: In) => void): void;
}

export function failureOf(error: unknown): Failure {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return {
    code: typeof code === "string" ? code : undefined,
    message: error instanceof Error ? error.message : String(error),
  };
}
