/* What can be put into a conversation beside words: a file, a poll. It takes the place of the button that only chooses a file. */
import { useId, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { chatOf } from "../state/chats.ts";
import { currentConversation, openSheet } from "../state/navigation.ts";
import { Icon } from "../ui/icon.tsx";
import menuCss from "../ui/message-menu.module.css";
import { TalkIcon } from "./talk-icon.tsx";

const GAP_PX = 6;

/** Over the button, at its own side of the window. */
function put(menu: HTMLElement, anchor: HTMLElement): void {
  const box = anchor.getBoundingClientRect();
  const isRight = box.left + box.right > innerWidth;
  menu.style.top = `${Math.max(GAP_PX, box.top - GAP_PX - menu.offsetHeight)}px`;
  menu.style.left = `${Math.max(GAP_PX, isRight ? box.right - menu.offsetWidth : box.left)}px`;
}

export function AttachMenu({ button }: { readonly button: string | undefined }): JSX.Element {
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const anchor = useRef<HTMLButtonElement>(null);
  const choose = (run: () => void): void => {
    menu.current?.hidePopover();
    run();
  };
  return (
    <>
      <button
        ref={anchor}
        type="button"
        class={button}
        popovertarget={id}
        aria-haspopup="menu"
        aria-label={t("composerAttach")}
        title={t("composerAttach")}
      >
        <Icon name="attach" />
      </button>
      <div
        ref={menu}
        id={id}
        class={menuCss.menu}
        popover="auto"
        role="menu"
        aria-label={t("composerAttach")}
        onToggle={(event) => {
          if (event.newState !== "open" || anchor.current === null) return;
          put(event.currentTarget, anchor.current);
          event.currentTarget.querySelector("button")?.focus();
        }}
        onKeyDown={(event) => {
          const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (event.key === "Tab") menu.current?.hidePopover();
          if (by === 0) return;
          event.preventDefault();
          const all = [...event.currentTarget.querySelectorAll("button")];
          const at = all.indexOf(document.activeElement as HTMLButtonElement);
          all[(at + by + all.length) % all.length]?.focus();
        }}
      >
        <button
          type="button"
          role="menuitem"
          class={menuCss.item}
          onClick={() =>
            choose(() => anchor.current?.form?.querySelector<HTMLInputElement>('input[type="file"]')?.click())
          }
        >
          <Icon name="photo" size={20} />
          <span>{t("talkAttachFile")}</span>
        </button>
        {chatOf(currentConversation.value)?.kind !== "channel" && (
          <button type="button" role="menuitem" class={menuCss.item} onClick={() => choose(() => openSheet("poll"))}>
            <TalkIcon name="poll" />
            <span>{t("talkPoll")}</span>
          </button>
        )}
        <button type="button" role="menuitem" class={menuCss.item} onClick={() => choose(() => openSheet("topics"))}>
          <TalkIcon name="topic" />
          <span>{t("talkTopics")}</span>
        </button>
        <button type="button" role="menuitem" class={menuCss.item} onClick={() => choose(() => openSheet("later"))}>
          <Icon name="bell" size={20} />
          <span>{t("decideLater")}</span>
        </button>
      </div>
    </>
  );
}
