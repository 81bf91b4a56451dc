/* What the palette offers and keys do. Each has its words, and does the same wherever it is asked for. */
import type { PlainKey } from "../i18n/translate.ts";
import { shownChats } from "../state/chat-filter.ts";
import { currentConversation, openChats, openConversation, openSheet } from "../state/navigation.ts";
import { showSection } from "../settings/section.ts";
import type { SectionName } from "../settings/section.ts";
import { changeSettings, settings, TEXT_SIZES } from "../state/settings.ts";
import type { ActionName } from "./keymap.ts";
import { tool } from "./tool.ts";

export interface Action {
  readonly label: PlainKey;
  readonly run: () => void;
  /** absent: always */
  readonly isPossible?: () => boolean;
}

function step(by: number): void {
  const rows = shownChats.peek() ?? [];
  const at = rows.findIndex((chat) => chat.id === currentConversation.peek());
  const next = rows[at + by];
  if (next !== undefined) openConversation(next.id);
}

/** To the field that searches names and all messages. */
function searchAll(): void {
  tool.value = undefined;
  const focus = (): void => document.querySelector<HTMLElement>('input[type="search"]')?.focus();
  const field = document.querySelector<HTMLElement>('input[type="search"]');
  // On a phone the list is another pane.
  if (field?.checkVisibility() !== true) openChats();
  requestAnimationFrame(focus);
}

function openSettings(name: SectionName): void {
  openSheet("settings");
  showSection(name, false);
}

function resize(by: number): void {
  const at = TEXT_SIZES.findIndex((size) => size >= settings.peek().textPercent);
  changeSettings({ textPercent: TEXT_SIZES[Math.max(0, Math.min(TEXT_SIZES.length - 1, at + by))] ?? 100 });
}

/** Actions that can have keys. */
export const KEY_ACTIONS: Readonly<Record<ActionName, Action>> = {
  palette: { label: "toolPalette", run: () => (tool.value = "palette") },
  find: {
    label: "findInChat",
    run: () => (tool.value = "find"),
    isPossible: () => currentConversation.value !== undefined,
  },
  findAll: { label: "findAll", run: searchAll },
  chatBefore: { label: "toolChatBefore", run: () => step(-1) },
  chatNext: { label: "toolChatNext", run: () => step(1) },
  keys: { label: "keysTitle", run: () => (tool.value = "keys") },
  settings: { label: "settingsTitle", run: () => openSheet("settings") },
  newChat: { label: "newTitle", run: () => openSheet("new") },
  connection: { label: "connectionTitle", run: () => openSheet("connection") },
};

/** And those that are found in the palette only. */
export const MORE_ACTIONS: readonly Action[] = [
  { label: "settingsAlerts", run: () => openSheet("alerts") },
  {
    label: "toolLockNow",
    run: () => void import("../lock/lock-now.ts").then(({ lockNow }) => lockNow()),
    isPossible: () => "lock" in document.documentElement.dataset,
  },
  { label: "settingsLock", run: () => openSettings("lock") },
  { label: "settingsNotices", run: () => openSettings("notices") },
  { label: "settingsPrivacy", run: () => openSettings("privacy") },
  { label: "settingsDevices", run: () => openSheet("devices") },
  { label: "settingsBackup", run: () => openSheet("backup") },
  { label: "settingsData", run: () => openSheet("data") },
  { label: "settingsRecovery", run: () => openSheet("recovery") },
  { label: "settingsHelp", run: () => openSheet("help") },
  { label: "toolLight", run: () => changeSettings({ theme: "light" }) },
  { label: "toolDark", run: () => changeSettings({ theme: "dark" }) },
  { label: "toolLarger", run: () => resize(1) },
  { label: "toolSmaller", run: () => resize(-1) },
];
