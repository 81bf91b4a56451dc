/*
 * The menu of a row of the chat list: one popover for the whole list, opened by right click, long press, Shift+F10 or the menu
 * key. The browser's popover gives light dismissal, Escape and focus return; arrow keys are added here.
 */
import { signal, useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import { titleOf } from "../state/chats.ts";
import type { ConversationView, MuteFor } from "../state/client-types.ts";
import { openSheet } from "../state/navigation.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Icon } from "../ui/icon.tsx";
import type { IconName } from "../ui/icon.tsx";
import css from "../ui/message-menu.module.css";
import { decide, decided, isUnread } from "./settings.ts";

/** The row whose menu is open, and where. */
export const chatMenuOf: Signal<
  { readonly chat: ConversationView; readonly anchor: HTMLElement; readonly x: number; readonly y: number } | undefined
> = signal(undefined);

/** Opens the menu of a row; without a pointer beside the row itself. */
export function openChatMenu(
  chat: ConversationView,
  anchor: HTMLElement,
  at?: { readonly x: number; readonly y: number },
): void {
  const box = anchor.getBoundingClientRect();
  chatMenuOf.value = { chat, anchor, x: at?.x ?? box.left + box.width / 2, y: at?.y ?? box.top + box.height / 2 };
}

interface Item {
  readonly icon: IconName;
  readonly label: string;
  /** `more`: leaves the menu open on its second page */
  readonly run: (() => void) | "more";
}

const MUTES: readonly (readonly [how: MuteFor, label: () => string])[] = [
  ["1h", () => t("decideMuteHour")],
  ["8h", () => t("decideMuteHours")],
  ["2d", () => t("decideMuteDays")],
  ["always", () => t("decideMuteAlways")],
];

function muteItems({ id }: ConversationView): readonly Item[] {
  return MUTES.map(([how, label]) => ({
    icon: "mute",
    label: label(),
    run: () => decide((chats) => chats.mute(id, how)),
  }));
}

function itemsOf(chat: ConversationView): readonly Item[] {
  const { id } = chat;
  const view = decided.value.get(id);
  const isPinned = view?.pinnedAtMs !== undefined;
  const isMuted = view?.mutedUntilMs !== undefined;
  const isArchived = view?.archived === true;
  const unread = isUnread(chat);
  const [person, ...others] = chat.people;
  const items: Item[] = [
    {
      icon: "pin",
      label: t(isPinned ? "decideUnpin" : "decidePin"),
      run: () => decide((chats) => chats.pin(id, !isPinned)),
    },
    isMuted
      ? { icon: "bell", label: t("decideUnmute"), run: () => decide((chats) => chats.mute(id, "off")) }
      : { icon: "mute", label: t("decideMute"), run: "more" },
    {
      icon: "open",
      label: t(unread ? "decideMarkRead" : "decideMarkUnread"),
      run: () => markUnread(chat, !unread),
    },
    {
      icon: "archive",
      label: t(isArchived ? "decideUnarchive" : "decideArchive"),
      run: () => decide((chats) => chats.archive(id, !isArchived)),
    },
    { icon: "folder", label: t("decideFolders"), run: () => openSheet("folders", id) },
    { icon: "save", label: t("decideExport"), run: () => void exportToRead(id).catch(notifyProblem) },
  ];
  if (person === undefined || others.length > 0) return items;
  const isBlocked = view?.blocked === true;
  const name = plainName(person.name) || titleOf(chat);
  const block: Item = {
    icon: "block",
    label: t(isBlocked ? "decideUnblock" : "decideBlock", { name }),
    run: () => decide((chats) => chats.block(person.identity, !isBlocked)),
  };
  return [...items, block];
}

async function exportToRead(id: string): Promise<void> {
  await (await import("../devices/export-chats.ts")).exportChats(id);
}

function markUnread({ id, last }: ConversationView, unread: boolean): void {
  decide(async (chats) => {
    if (unread) return chats.markUnread(id, true);
    const { engine } = await import("../state/engine.ts");
    return (await engine()).markRead(id, last?.position ?? 0);
  });
}

const GAP_PX = 4;

function put(menu: HTMLElement, x: number, y: number): void {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const isRtl = document.documentElement.dir === "rtl";
  const left = isRtl ? x - width : x;
  menu.style.top = `${Math.max(GAP_PX, Math.min(y, innerHeight - height - GAP_PX))}px`;
  menu.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`;
}

export function ChatMenu(): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  const isMuting = useSignal(false);
  const now = chatMenuOf.value;
  const items = now === undefined ? [] : isMuting.value ? muteItems(now.chat) : itemsOf(now.chat);
  useEffect(() => {
    const menu = ref.current;
    if (menu === null || now === undefined) return;
    isMuting.value = false;
    menu.showPopover();
    put(menu, now.x, now.y);
    menu.querySelector("button")?.focus();
  }, [now]);
  useEffect(() => {
    if (isMuting.value) ref.current?.querySelector("button")?.focus();
  }, [isMuting.value]);
  const step = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Tab") ref.current?.hidePopover();
    if (by === 0) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + by + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div
      ref={ref}
      class={css.menu}
      popover="auto"
      role="menu"
      aria-label={t("decideMenu")}
      onKeyDown={step}
      onToggle={(event) => {
        if (event.newState !== "closed") return;
        const anchor = now?.anchor;
        chatMenuOf.value = undefined;
        if (document.activeElement === document.body) anchor?.focus({ preventScroll: true });
      }}
    >
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          class={css.item}
          onClick={() => {
            if (item.run === "more") {
              isMuting.value = true;
              return;
            }
            ref.current?.hidePopover();
            item.run();
          }}
        >
          <Icon name={item.icon} size={20} />
          <bdi>{item.label}</bdi>
        </button>
      ))}
    </div>
  );
}
