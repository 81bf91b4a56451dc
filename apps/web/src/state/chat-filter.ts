/* What of the chat list is shown: a search in the names, a filter, and the order that the person gave it. */
import { fold } from "@chapar/client/text";
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import { decided, folders, isUnread } from "../chats/settings.ts";
import { chats, titleOf } from "./chats.ts";
import type { ConversationView } from "./client-types.ts";

/** What is shown: everything but the archive, what is unread, people, groups, the archive, or a folder by its id. */
export type Filter = "all" | "unread" | "people" | "groups" | "archive" | { readonly folder: string };

export const query: Signal<string> = signal("");
export const filter: Signal<Filter> = signal("all");

/** A folder that was removed elsewhere shows everything. */
export const shownFilter: ReadonlySignal<Filter> = computed(() => {
  const now = filter.value;
  return typeof now === "object" && !folders.value.some(({ id }) => id === now.folder) ? "all" : now;
});

const isArchived = ({ id }: ConversationView): boolean => decided.value.get(id)?.archived === true;

function fits(chat: ConversationView, wanted: Filter): boolean {
  if (typeof wanted === "object") return decided.value.get(chat.id)?.folders.includes(wanted.folder) === true;
  if (isArchived(chat) !== (wanted === "archive")) return false;
  if (wanted === "unread") return isUnread(chat);
  if (wanted === "people") return chat.people.length <= 1;
  return wanted !== "groups" || chat.people.length > 1;
}

export const archivedChats: ReadonlySignal<readonly ConversationView[]> = computed(() =>
  (chats.value ?? []).filter(isArchived),
);

/** A search looks everywhere, the archive too. */
export const shownChats: ReadonlySignal<readonly ConversationView[] | undefined> = computed(() => {
  const wanted = fold(query.value);
  const rows = chats.value?.filter((chat) =>
    wanted === "" ? fits(chat, shownFilter.value) : fold(titleOf(chat)).includes(wanted),
  );
  const pinned = ({ id }: ConversationView): number => decided.value.get(id)?.pinnedAtMs ?? 0;
  return rows?.toSorted((a, b) => pinned(b) - pinned(a));
});
