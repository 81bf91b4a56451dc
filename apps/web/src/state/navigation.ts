/*
 * Where the person is: the address's fragment (never sent to a station) says which conversation, `history.state` which
 * sheet lies on top. So the phone's back gesture closes a sheet, then a conversation, as people expect, and a reload
 * comes back to the same place.
 */
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";

/** A sheet over the screen. */
export type SheetName =
  | "connection"
  | "settings"
  | "recovery"
  | "data"
  | "devices"
  | "backup"
  | "new"
  | "details"
  | "alerts"
  | "alert"
  | "safety"
  | "restored"
  | "folders"
  | "group"
  | "new-group"
  | "join-group"
  | "report"
  | "timer"
  | "later"
  | "poll"
  | "topic"
  | "topics"
  | "link"
  | "help";

export interface Place {
  /** undefined: the chat list */
  readonly conversation: string | undefined;
  readonly sheet: SheetName | undefined;
  /** what the sheet is about: the id of an alert, the identity of a person */
  readonly item: string | undefined;
  /** sheets and conversations opened since the app started: how far back leads inside the app */
  readonly depth: number;
}

interface HistoryState {
  readonly sheet?: SheetName;
  readonly item?: string | undefined;
  readonly depth?: number;
}

const CHAT = /^#c\/([a-z2-7]{1,64})$/iu;

/** Reads a place from a fragment and a history state. Total. */
export function readPlace(hash: string, state: unknown): Place {
  const held: HistoryState = typeof state === "object" && state !== null ? state : {};
  return { conversation: CHAT.exec(hash)?.[1], sheet: held.sheet, item: held.item, depth: held.depth ?? 0 };
}

/** True for a fragment that is an invite and not a place (`#c/`, `#s/`). */
export function isInviteHash(hash: string): boolean {
  return /^#[a-bd-rt-z]\/./iu.test(hash);
}

const here = (): Place =>
  typeof location === "undefined" ? readPlace("", null) : readPlace(location.hash, history.state);

export const place: Signal<Place> = signal(here());
export const currentConversation: ReadonlySignal<string | undefined> = computed(() => place.value.conversation);

function push(hash: string, state: HistoryState, replace: boolean): void {
  const url = `${location.pathname}${location.search}${hash}`;
  if (replace) history.replaceState(state, "", url);
  else history.pushState(state, "", url);
  place.value = here();
}

const hashOf = (conversation: string | undefined): string => (conversation === undefined ? "" : `#c/${conversation}`);

/** Opens a conversation. From one conversation to another replaces it: back leads to the list. */
export function openConversation(id: string, options: { readonly replace?: boolean } = {}): void {
  const now = place.peek();
  if (now.conversation === id && now.sheet === undefined) return;
  const replace = options.replace === true || now.conversation !== undefined;
  push(hashOf(id), { depth: replace ? now.depth : now.depth + 1 }, replace);
}

/** Lays a sheet over the screen. A sheet opened from a sheet takes its place, but one that the settings lead to leads back to them. */
export function openSheet(sheet: SheetName, item?: string): void {
  const now = place.peek();
  const replace = now.sheet !== undefined && now.sheet !== "settings";
  push(hashOf(now.conversation), { sheet, item, depth: replace ? now.depth : now.depth + 1 }, replace);
}

/** Closes the sheet, or else the conversation. */
export function goBack(): void {
  const now = place.peek();
  if (now.depth > 0) history.back();
  else push(hashOf(now.sheet === undefined ? undefined : now.conversation), {}, true);
}

/** To the chat list. */
export function openChats(): void {
  push("", {}, true);
}

/** Follows back, forward and a pasted fragment; invites are told to the listener. */
export function followHistory(onInvite: (link: string) => void): () => void {
  const follow = (): void => {
    if (isInviteHash(location.hash)) onInvite(location.href);
    else place.value = here();
  };
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
  return () => {
    removeEventListener("popstate", follow);
    removeEventListener("hashchange", follow);
  };
}
