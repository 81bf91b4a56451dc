/*
 * The menu of a message: one popover for the whole list, placed beside the message it was opened for. The browser's
 * popover gives light dismissal, Escape and focus return; arrow keys are added here.
 */
import { useEffect, useRef } from "preact/hooks";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { t } from "../i18n/translate.ts";
import { plainText } from "../format/bidi.ts";
import type { MessageView } from "../state/client-types.ts";
import { draftOf, keepDraft } from "../state/drafts.ts";
import { openSheet } from "../state/navigation.ts";
import { notify } from "../state/toasts.ts";
import { menuOf, receiptOf, reportedText } from "../state/viewer.ts";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon.tsx";
import css from "./message-menu.module.css";

interface Item {
  readonly icon: IconName;
  readonly label: string;
  readonly run: () => void;
}

function itemsOf(message: MessageView): readonly Item[] {
  const items: Item[] = [];
  if (message.text !== "") {
    items.push({
      icon: "copy",
      label: t("messageCopy"),
      run: () => void navigator.clipboard.writeText(plainText(message.text)).then(() => notify("messageCopied")),
    });
  }
  if (message.state === "refused" && message.text !== "") {
    items.push({
      icon: "again",
      label: t("messageAgain"),
      run: () => {
        if (draftOf(message.conversation) === "") keepDraft(message.conversation, message.text);
      },
    });
  }
  if (message.mine) items.push({ icon: "receipt", label: t("messageReceipt"), run: () => (receiptOf.value = message) });
  if (!message.mine) {
    items.push({
      icon: "alert",
      label: t("decideReport"),
      run: () => {
        reportedText.value = message.text;
        openSheet("report", message.id);
      },
    });
  }
  return items;
}

const GAP_PX = 4;

function put(menu: HTMLElement, anchor: HTMLElement): void {
  const bubble = (anchor.closest("article") ?? anchor).firstElementChild ?? anchor;
  const box = bubble.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = box.bottom + GAP_PX + height < innerHeight;
  const top = below ? box.bottom + GAP_PX : Math.max(GAP_PX, box.top - GAP_PX - height);
  const isRightSide = box.left + box.right > innerWidth;
  const left = isRightSide ? box.right - width : box.left;
  menu.style.top = `${Math.min(top, innerHeight - height - GAP_PX)}px`;
  menu.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`;
}

export function MessageMenu(): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  const now = menuOf.value;
  const items = now === undefined ? [] : itemsOf(now.message);
  useEffect(() => {
    const menu = ref.current;
    if (menu === null || now === undefined) return;
    if (items.length === 0) {
      menuOf.value = undefined;
      return;
    }
    menu.showPopover();
    put(menu, now.anchor);
    menu.querySelector("button")?.focus();
  }, [now]);
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
      aria-label={t("messageActions")}
      onKeyDown={step}
      onToggle={(event) => {
        if (event.newState === "closed") {
          const anchor = now?.anchor;
          menuOf.value = undefined;
          if (document.activeElement === document.body) anchor?.closest("article")?.focus({ preventScroll: true });
        }
      }}
    >
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          class={css.item}
          onClick={() => {
            ref.current?.hidePopover();
            item.run();
          }}
        >
          <Icon name={item.icon} size={20} />
          <span>{item.label}</span>
        </button>
      ))}
    </div>
  );
}
