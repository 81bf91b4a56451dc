/*
 * S3, the chats: who one writes with, newest first. One tab stop for the whole list, arrow keys inside it.
 */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ChatMenu, openChatMenu } from "../chats/chat-menu.tsx";
import { FilterChips } from "../chats/filter-chips.tsx";
import { useMenuPress } from "../chats/press.ts";
import { decided, followDecided } from "../chats/settings.ts";
import { plainName, plainText } from "../format/bidi.ts";
import { rowTime } from "../format/dates.ts";
import { formatNumber, t } from "../i18n/translate.ts";
import { archivedChats, filter, query, shownChats, shownFilter } from "../state/chat-filter.ts";
import { chats, titleOf } from "../state/chats.ts";
import type { ConversationView } from "../state/client-types.ts";
import { alerts, unseenAlerts } from "../state/alerts.ts";
import { drafts } from "../state/drafts.ts";
import { me } from "../state/engine.ts";
import { currentConversation, openConversation, openSheet } from "../state/navigation.ts";
import { nowMs } from "../state/now.ts";
import { settings } from "../state/settings.ts";
import { typists } from "../state/typing.ts";
import { isVisual } from "../format/media.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, IconButton } from "../ui/controls.tsx";
import { DeliveryMark } from "../ui/delivery.tsx";
import { Icon } from "../ui/icon.tsx";
import type { IconName } from "../ui/icon.tsx";
import { RouteLine } from "../ui/route-line.tsx";
import { lazy, lazyTalk, lazyTools } from "../ui/lazy.tsx";
import { ChatRows } from "./chat-rows.tsx";
import { groupLineText } from "../groups/group-line.tsx";
import css from "./chats.module.css";

const typingLine = lazyTalk(() => import("../talk/typing-line.tsx").then((part) => part.TypingLine));
const found = lazyTools(() => import("../tools/found-messages.tsx").then((part) => part.FoundMessages));
const invite = lazy(() => import("./invite-card.tsx").then((part) => part.InviteCard));

function Preview({ chat }: { readonly chat: ConversationView }): JSX.Element {
  const draft = drafts.value.get(chat.id);
  const { last } = chat;
  if (draft !== undefined && currentConversation.value !== chat.id) {
    return (
      <>
        <span class={css.draft}>{t("chatDraft")}</span>
        <bdi class={css.words}>{draft}</bdi>
      </>
    );
  }
  if (last === undefined)
    return <span class={css.words}>{chat.state === "opening" ? t("chatOpening") : t("chatNothingYet")}</span>;
  const { attachments, gap, personChange, deleted } = last;
  const [attachment] = attachments;
  if (deleted !== undefined) return <span class={css.words}>{t("noteDeleted")}</span>;
  if (personChange !== undefined)
    return <bdi class={css.words}>{t("noteChange", { name: plainName(last.senderName) })}</bdi>;
  if (last.group !== undefined) {
    const who = last.mine ? t("groupYou") : plainName(last.senderName);
    return <bdi class={css.words}>{groupLineText(last.group, who)}</bdi>;
  }
  if (last.timerS !== undefined) return <span class={css.words}>{t("decideTimer")}</span>;
  if (gap?.code === "client/disappeared") return <span class={css.words}>{t("decideTimer")}</span>;
  if (gap?.code === "client/blocked") return <span class={css.words}>{t("decideBlocked")}</span>;
  if (gap !== undefined)
    return <span class={css.words}>{t(gap.removal === undefined ? "noteGap" : "noteRemoved")}</span>;
  const words =
    last.text !== "" || attachment === undefined
      ? plainText(last.text)
      : isVisual(attachment)
        ? t("chatPhoto")
        : t("chatFile", { name: plainName(attachment.fileName) });
  return (
    <>
      {last.mine && <span class={css.lead}>{t("chatYou")}</span>}
      {!last.mine && chat.group !== undefined && <bdi class={css.lead}>{plainName(last.senderName)}:</bdi>}
      <bdi class={css.words}>{words}</bdi>
    </>
  );
}

function Mark({ icon, label }: { readonly icon: IconName; readonly label: string }): JSX.Element {
  return (
    <span class={css.mark}>
      <Icon name={icon} size={16} />
      <span class="visually-hidden">{label}</span>
    </span>
  );
}

function ChatRow({ chat, isTabStop }: { readonly chat: ConversationView; readonly isTabStop: boolean }): JSX.Element {
  const isOpen = currentConversation.value === chat.id;
  const title = titleOf(chat);
  const words = { today: t("today"), yesterday: t("yesterday") };
  const state = chat.last?.state;
  const view = decided.value.get(chat.id);
  const typing = typists.value.get(chat.id);
  const isMuted = view?.mutedUntilMs !== undefined;
  const { wasLong, ...press } = useMenuPress((anchor, at) => openChatMenu(chat, anchor, at));
  return (
    <li class={css.item}>
      <a
        class={css.row}
        href={`#c/${chat.id}`}
        aria-current={isOpen ? "page" : undefined}
        tabIndex={isTabStop ? 0 : -1}
        draggable={false}
        {...press}
        onClick={(event) => {
          if (wasLong()) return event.preventDefault();
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          openConversation(chat.id);
        }}
      >
        <Avatar id={chat.group === undefined ? (chat.people[0]?.identity ?? chat.id) : chat.id} name={title} />
        <span class={css.texts}>
          <span class={css.first}>
            <bdi class={css.name}>{title}</bdi>
            {isMuted && <Mark icon="mute" label={t("decideMuted")} />}
            {view?.blocked === true && <Mark icon="block" label={t("decideBlocked")} />}
            {view?.pinnedAtMs !== undefined && <Mark icon="pin" label={t("decidePinned")} />}
            {chat.last !== undefined && state !== "received" && <DeliveryMark message={chat.last} />}
            {chat.alert !== undefined && (
              <span class={css.alert}>
                <Icon name="alert" size={16} />
                <span class="visually-hidden">{t("noteAlert")}</span>
              </span>
            )}
            <time class={css.time}>{rowTime(settings.value, words, chat.atMs, nowMs.value)}</time>
          </span>
          <span class={css.second}>
            <span class={css.preview}>
              <Preview chat={chat} />
            </span>
            {typing !== undefined && (
              <typingLine.Component
                id={chat.id}
                people={typing}
                isGroup={chat.group !== undefined}
                class={css.preview}
              />
            )}
            {chat.unread === 0 && view?.markedUnread === true && (
              <span class={css.marked} role="img" aria-label={t("decideMarked")} />
            )}
            {chat.mentions !== undefined && (
              <span class={css.mention} role="img" aria-label={t("chatMentions", { count: chat.mentions })}>
                @
              </span>
            )}
            {chat.unread > 0 && (
              <span class={css.unread} data-muted={isMuted}>
                <span aria-hidden="true">{formatNumber(chat.unread)}</span>
                <span class="visually-hidden">{t("chatUnreadCount", { count: chat.unread })}</span>
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  );
}

function List(): JSX.Element {
  const rows = shownChats.value;
  if (rows === undefined) return <p class={css.note}>{t("chatsLoading")}</p>;
  if ((chats.value?.length ?? 0) === 0) {
    return (
      <div class={css.empty}>
        <invite.Component title={t("chatsEmptyTitle")} text={t("chatsEmptyText")} />
        <Button icon="open" onClick={() => openSheet("new")}>
          {t("openTitle")}
        </Button>
      </div>
    );
  }
  if (rows.length === 0) {
    const wanted = query.value.trim();
    return (
      <div class={css.empty}>
        <p class={css.note}>
          {wanted === ""
            ? t(shownFilter.value === "unread" ? "chatsNoneUnread" : "decideNoneHere")
            : t("chatsNoneFound", { query: wanted })}
        </p>
        {wanted === "" && <Button onClick={() => (filter.value = "all")}>{t("chatsShowAll")}</Button>}
      </div>
    );
  }
  return (
    <ChatRows
      rows={rows}
      open={currentConversation.value}
      row={(chat, isTabStop) => <ChatRow key={chat.id} chat={chat} isTabStop={isTabStop} />}
    />
  );
}

/** The way into the archive, above the chats that are not in it. */
function ArchiveRow(): JSX.Element | null {
  const count = archivedChats.value.length;
  if (count === 0 || shownFilter.value !== "all" || query.value.trim() !== "") return null;
  return (
    <button type="button" class={css.archiveRow} onClick={() => (filter.value = "archive")}>
      <Icon name="archive" />
      <span>{t("decideArchived")}</span>
      <span class={css.time}>{t("decideArchiveCount", { count })}</span>
    </button>
  );
}

export function ChatsPane(): JSX.Element {
  const mine = me.value;
  useEffect(followDecided, []);
  const hasChats = (chats.value?.length ?? 0) > 0;
  return (
    <section class={css.pane} aria-label={t("chatsTitle")}>
      <header class={css.header}>
        <h2 class="visually-hidden">{t("chatsTitle")}</h2>
        <button
          type="button"
          class={css.me}
          aria-label={t("settingsOpen")}
          title={t("settingsOpen")}
          onClick={() => openSheet("settings")}
        >
          <Avatar id={mine?.identity ?? ""} name={mine?.name ?? ""} size="small" />
        </button>
        <div class={css.search}>
          <Icon name="search" size={20} />
          <input
            type="search"
            value={query.value}
            dir={query.value === "" ? undefined : "auto"}
            placeholder={t("chatsSearch")}
            aria-label={t("chatsSearch")}
            autocomplete="off"
            onInput={(event) => (query.value = event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape" && query.value !== "") {
                event.stopPropagation();
                query.value = "";
              }
            }}
          />
        </div>
        {(alerts.value?.length ?? 0) > 0 && (
          <button
            type="button"
            class={css.alerts}
            aria-label={t("noteAlerts", { count: unseenAlerts.value })}
            title={t("noteAlerts", { count: unseenAlerts.value })}
            onClick={() => openSheet("alerts")}
          >
            <Icon name="alert" />
            {unseenAlerts.value > 0 && <span class={css.count}>{formatNumber(unseenAlerts.value)}</span>}
          </button>
        )}
        <IconButton icon="plus" label={t("chatsNew")} onClick={() => openSheet("new")} />
      </header>
      <RouteLine />
      {hasChats && shownFilter.value !== "archive" && <FilterChips />}
      {shownFilter.value === "archive" && (
        <div class={css.archive}>
          <IconButton icon="back" label={t("chatsShowAll")} onClick={() => (filter.value = "all")} />
          <h3>{t("decideArchived")}</h3>
        </div>
      )}
      <div class={css.body}>
        <ArchiveRow />
        <List />
        {query.value.trim() !== "" && <found.Component words={query.value} />}
      </div>
      <ChatMenu />
    </section>
  );
}
