/* What of the chat list is shown: a search in the names, and only what is unread. */
import { fold } from "@chapar/client/text";
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import { chats, titleOf } from "./chats.ts";
import type { ConversationView } from "./client-types.ts";

export const query: Signal<string> = signal("");
export const onlyUnread: Signal<boolean> = signal(false);

export const shownChats: ReadonlySignal<readonly ConversationView[] | undefined> = computed(() => {
  const wanted = fold(query.value);
  return chats.value?.filter(
    (chat) => (!onlyUnread.value || chat.unread > 0) && (wanted === "" || fold(titleOf(chat)).includes(wanted)),
  );
});
