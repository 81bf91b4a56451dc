/*
 * The menu of a message: one popover for the whole list, placed beside the message it was opened for. The browser's
 * popover gives light dismissal, Escape and focus return; arrow keys are added here.
 */
import { useEffect, useRef } from "preact/hooks";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { t } from "../i18n/translate.ts";
import { plainText } from "../format/bidi.ts";
import type { MessageView } from "../state/client-types.ts";
import { chatOf } from "../state/chats.ts";
import { draftOf, keepDraft } from "../state/drafts.ts";
import { openSheet } from "../state/navigation.ts";
import { notify } from "../state/toasts.ts";
import { menuOf, receiptOf, reportedText } from "../state/viewer.ts";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon.tsx";
import { ask, edit, isLive, pin, QUICK, react, reply } from "../talk/actions.ts";
import { TalkIcon } from "../talk/talk-icon.tsx";
import type { TalkIconName } from "../talk/talk-icon.tsx";
import talkCss from "../talk/talk.module.css";
import css from "./message-menu.module.css";

interface Item {
  readonly icon: JSX.Element;
  readonly label: string;
  readonly run: () => void;
}

const own = (name: IconName): JSX.Element => <Icon name={name} size={20} />;
const talk = (name: TalkIconName): JSX.Element => <TalkIcon name={name} />;

/** Whether this person can say something where a message is: a channel is read by most. */
const isSaid = ({ conversation, state }: MessageView): boolean =>
  state !== "refused" && chatOf(conversation)?.state !== "closed";

/** What is done with what a message says. */
function talkItems(message: MessageView): readonly Item[] {
  const { mine, state, text, pinned, edited, reactions, poll } = message;
  const isThere = isSaid(message);
  const isEditable = mine && isThere && text !== "" && poll === undefined;
  return [
    ...(isThere ? [{ icon: talk("reply"), label: t("talkReply"), run: () => reply(message) }] : []),
    ...(isEditable ? [{ icon: talk("edit"), label: t("talkEdit"), run: () => edit(message) }] : []),
    ...(state !== "refused"
      ? [{ icon: talk("pass"), label: t("talkForward"), run: () => ask("forward", message) }]
      : []),
    ...(isThere
      ? [
          {
            icon: talk("topic"),
            label: t(message.topic === undefined ? "talkTopicBegin" : "talkTopic"),
            run: () => openSheet("topic", message.topic?.id ?? message.id),
          },
          {
            icon: talk("pin"),
            label: t(pinned === undefined ? "talkPin" : "talkUnpin"),
            run: () => void pin(message),
          },
        ]
      : []),
    ...(reactions === undefined
      ? []
      : [{ icon: talk("people"), label: t("talkReactions"), run: () => ask("people", message) }]),
    ...(edited === undefined
      ? []
      : [{ icon: talk("clock"), label: t("talkVersions"), run: () => ask("versions", message) }]),
  ];
}

function itemsOf(message: MessageView): readonly Item[] {
  const items: Item[] = isLive(message) ? [...talkItems(message)] : [];
  if (message.text !== "") {
    items.push({
      icon: own("copy"),
      label: t("messageCopy"),
      run: () => void navigator.clipboard.writeText(plainText(message.text)).then(() => notify("messageCopied")),
    });
  }
  if (message.state === "refused" && message.text !== "") {
    items.push({
      icon: own("again"),
      label: t("messageAgain"),
      run: () => {
        if (draftOf(message.conversation) === "") keepDraft(message.conversation, message.text);
      },
    });
  }
  if (message.mine)
    items.push({ icon: own("receipt"), label: t("messageReceipt"), run: () => (receiptOf.value = message) });
  if (!message.mine) {
    items.push({
      icon: own("alert"),
      label: t("decideReport"),
      run: () => {
        reportedText.value = message.text;
        openSheet("report", message.id);
      },
    });
  }
  if (isLive(message)) items.push({ icon: talk("bin"), label: t("talkDelete"), run: () => ask("delete", message) });
  return items;
}

/** The reactions that are one press away, and the way to all others. */
function Quick({ message, close }: { readonly message: MessageView; readonly close: () => void }): JSX.Element {
  const isMine = (emoji: string): boolean => message.reactions?.some((one) => one.emoji === emoji && one.mine) === true;
  return (
    <div class={talkCss.quick}>
      {QUICK.map((emoji) => (
        <button
          key={emoji}
          type="button"
          role="menuitemcheckbox"
          aria-checked={isMine(emoji)}
          class={talkCss.emoji}
          aria-label={t(isMine(emoji) ? "talkReactTake" : "talkReactWith", { emoji })}
          onClick={() => {
            close();
            void react(message, emoji);
          }}
        >
          {emoji}
        </button>
      ))}
      <button
        type="button"
        role="menuitem"
        class={talkCss.emoji}
        aria-label={t("talkReactMore")}
        onClick={() => {
          close();
          ask("emoji", message);
        }}
      >
        <Icon name="plus" size={20} />
      </button>
    </div>
  );
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
  menu.style.top = `${Math.max(GAP_PX, Math.min(top, innerHeight - height - GAP_PX))}px`;
  menu.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`;
}

export function MessageMenu(): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  const now = menuOf.value;
  const items = now === undefined ? [] : itemsOf(now.message);
  useEffect(() => {
    const menu = ref.current;
    if (menu === null || now === undefined) return undefined;
    if (items.length === 0) {
      menuOf.value = undefined;
      return undefined;
    }
    menu.showPopover();
    const place = (): void => put(menu, now.anchor);
    place();
    menu.querySelector("button")?.focus();
    // Zoomed in, or turned, the window is another one.
    addEventListener("resize", place);
    return () => removeEventListener("resize", place);
  }, [now]);
  const step = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const forth = ["ArrowDown", "ArrowRight"];
    const by = forth.includes(event.key) ? 1 : ["ArrowUp", "ArrowLeft"].includes(event.key) ? -1 : 0;
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
      {now !== undefined && isLive(now.message) && isSaid(now.message) && (
        <Quick message={now.message} close={() => ref.current?.hidePopover()} />
      )}
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
          {item.icon}
          <span>{item.label}</span>
        </button>
      ))}
    </div>
  );
}
