/*
 * Keys that work on every screen: Alt+arrows to the next chat, Escape one step back, Ctrl+K to the search field.
 */
import { shownChats } from "../state/chat-filter.ts";
import { currentConversation, goBack, openConversation } from "../state/navigation.ts";

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || document.querySelector("dialog[open], [popover]:popover-open") !== null) return;
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    const rows = shownChats.peek() ?? [];
    const at = rows.findIndex((chat) => chat.id === currentConversation.peek());
    const next = rows[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (next === undefined) return;
    event.preventDefault();
    openConversation(next.id);
  } else if (event.key === "Escape" && currentConversation.peek() !== undefined) goBack();
  else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    document.querySelector<HTMLElement>('input[type="search"]')?.focus();
  }
}

/** Begins to listen. */
export function followKeyboard(): () => void {
  addEventListener("keydown", onKeyDown);
  return () => removeEventListener("keydown", onKeyDown);
}
