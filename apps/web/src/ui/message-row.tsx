/*
 * One row of a conversation: what stands before the message (day, unread line), the bubble, and its menu. Whether a row
 * begins a day or ends a group depends on its neighbours only, so a row can be drawn alone at any place of a long list.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { clockTime, dayLabel, localDay } from "../format/dates.ts";
import { t } from "../i18n/translate.ts";
import type { MessageView } from "../state/client-types.ts";
import type { ThreadMessage } from "../state/unkept.ts";
import { chatOf } from "../state/chats.ts";
import { nowMs } from "../state/now.ts";
import { settings } from "../state/settings.ts";
import { openMessageMenu, shows } from "../state/viewer.ts";
import { hueOf } from "./avatar.tsx";
import { Bubble } from "./bubble.tsx";
import { stateText } from "./delivery.tsx";
import { lazy, lazyTalk, lazyTrust } from "./lazy.tsx";
import css from "./message-row.module.css";

/** Messages of one sender within this time are one group. */
const GROUP_MS = 5 * 60_000;

const groupLine = lazy(() => import("../groups/group-line.tsx").then((part) => part.GroupLine));
const noteLine = lazyTrust(() => import("../trust/note-line.tsx").then((part) => part.NoteLine));

const tools = lazyTalk(() => import("../talk/bubble-parts.tsx").then((part) => part.TalkPart));

/** Lines that stand for something else than a message: entries that could not be shown, changes of a person's keys. */
const isNote = ({ gap, personChange, group, timerS }: MessageView): boolean =>
  gap !== undefined || personChange !== undefined || group !== undefined || timerS !== undefined;

function isSameGroup(a: MessageView | undefined, b: MessageView | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.sender === b.sender &&
    !isNote(a) &&
    !isNote(b) &&
    Math.abs(b.writtenAtMs - a.writtenAtMs) < GROUP_MS &&
    localDay(a.writtenAtMs) === localDay(b.writtenAtMs)
  );
}

export interface MessageRowProps {
  readonly message: ThreadMessage;
  readonly before: MessageView | undefined;
  readonly after: MessageView | undefined;
  readonly isFirstUnread: boolean;
  readonly count: number;
}

/** What a screen reader says before the text: who, when, and where an own message stands. */
function labelOf(message: ThreadMessage): string {
  const time = clockTime(settings.value, message.writtenAtMs);
  const state = stateText(message);
  return state === undefined
    ? t("messageFrom", { name: plainName(message.senderName), time })
    : t("messageMine", { time, state });
}

const LONG_PRESS_MS = 450;

/** What a row is as an element: its place in the whole, reachable by the arrow keys. */
const rowProps = ({ position, unkept }: ThreadMessage, count: number) => ({
  class: css.line,
  tabIndex: -1,
  // What is not kept has no place yet, and is not marked as read.
  "data-position": unkept === true ? undefined : position,
  "aria-posinset": position + 1,
  "aria-setsize": count,
});

function NoteRow({ message, count }: Pick<MessageRowProps, "message" | "count">): JSX.Element {
  return (
    <article {...rowProps(message, count)}>
      {message.group === undefined ? (
        <noteLine.Component message={message} />
      ) : (
        <groupLine.Component message={message} />
      )}
    </article>
  );
}

function Letter({
  message,
  isLast,
  count,
}: Pick<MessageRowProps, "message" | "count"> & { readonly isLast: boolean }): JSX.Element {
  const press = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isPointed = useSignal(false);
  const { unkept } = message;
  const waits = useRef<HTMLElement>(undefined);
  const openMenu = (beside: HTMLElement): void => {
    if (unkept === true) waits.current = beside;
    else openMessageMenu(message, beside);
  };
  useEffect(() => {
    if (unkept !== true && waits.current !== undefined) openMenu(waits.current);
    waits.current = undefined;
  }, [unkept]);
  return (
    <article
      {...rowProps(message, count)}
      ref={(element) => shows(element, message)}
      onMouseEnter={() => (isPointed.value = true)}
      data-mine={message.mine}
      aria-label={labelOf(message)}
      onContextMenu={(event) => {
        if (window.getSelection()?.isCollapsed === false || (event.target as Element).closest("a") !== null) return;
        event.preventDefault();
        openMenu(event.currentTarget);
      }}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        if (event.key === "Enter" || (event.key === "F10" && event.shiftKey) || event.key === "ContextMenu") {
          event.preventDefault();
          openMenu(event.currentTarget);
        }
      }}
      onTouchStart={(event) => {
        const target = event.currentTarget;
        press.current = setTimeout(() => openMenu(target), LONG_PRESS_MS);
      }}
      onTouchMove={() => clearTimeout(press.current)}
      onTouchEnd={() => clearTimeout(press.current)}
    >
      <Bubble message={message} isLast={isLast} />
      {isPointed.value && message.deleted === undefined && message.unkept !== true && (
        <tools.Component is="tools" message={message} button={css.more} />
      )}
      <button
        type="button"
        class={css.more}
        tabIndex={-1}
        aria-label={t("messageActions")}
        onClick={(event) => openMenu(event.currentTarget)}
      >
        <span aria-hidden="true">⋯</span>
      </button>
    </article>
  );
}

export function MessageRow({ message, before, after, isFirstUnread, count }: MessageRowProps): JSX.Element {
  if (message.gap?.entries === 0) return <div />;
  const startsDay = before === undefined || localDay(before.writtenAtMs) !== localDay(message.writtenAtMs);
  const words = { today: t("today"), yesterday: t("yesterday") };
  const isLast = !isSameGroup(message, after);
  return (
    <div class={css.row} data-group={isSameGroup(before, message) && !isFirstUnread}>
      {startsDay && (
        <p class={css.day}>
          <span>{dayLabel(settings.value, words, message.writtenAtMs, nowMs.value)}</span>
        </p>
      )}
      {isFirstUnread && (
        <p class={css.unread}>
          <span>{t("messagesUnread")}</span>
        </p>
      )}
      {chatOf(message.conversation)?.group !== undefined &&
        !message.mine &&
        !isNote(message) &&
        (!isSameGroup(before, message) || isFirstUnread) && (
          <p
            class={css.sender}
            data-by={message.sender}
            style={{ "--hue": String(hueOf(message.sender)) }}
            aria-hidden="true"
          >
            <bdi>{plainName(message.senderName)}</bdi>
          </p>
        )}
      {isNote(message) ? (
        <NoteRow message={message} count={count} />
      ) : (
        <Letter message={message} isLast={isLast} count={count} />
      )}
      {message.state === "refused" && (
        <p class={css.refused}>
          {t(message.refusal === "client/cut-short" ? "messageCutShort" : "messageRefused")}{" "}
          <button type="button" onClick={(event) => openMessageMenu(message, event.currentTarget)}>
            {t("more")}
          </button>
        </p>
      )}
    </div>
  );
}
