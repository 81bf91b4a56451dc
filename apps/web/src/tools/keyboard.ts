/* Keys that work on every screen. Escape goes one step back; all others are the person's own (keymap.ts). */
import { currentConversation, goBack } from "../state/navigation.ts";
import { KEY_ACTIONS } from "./actions.ts";
import { ACTION_NAMES, chordOf, keyMap } from "./keymap.ts";
import { tool } from "./tool.ts";

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || document.querySelector("dialog[open], [popover]:popover-open") !== null) return;
  if (event.key === "Escape") {
    if (tool.peek() !== undefined) tool.value = undefined;
    else if (currentConversation.peek() !== undefined) goBack();
    return;
  }
  const chord = chordOf(event);
  const name = ACTION_NAMES.find((one) => keyMap.peek()[one] === chord);
  if (name === undefined || KEY_ACTIONS[name].isPossible?.() === false) return;
  event.preventDefault();
  KEY_ACTIONS[name].run();
}

/** Begins to listen. */
export function followKeyboard(): () => void {
  addEventListener("keydown", onKeyDown);
  return () => removeEventListener("keydown", onKeyDown);
}
