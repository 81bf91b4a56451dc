/*
 * S4, a conversation. The composer works before anything else is loaded; what is sent waits for the engine, and the
 * engine waits for a route. Nothing on this screen ever waits for the network.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { regionName } from "../format/region.ts";
import { chatOf, chats, loadChat, titleOf } from "../state/chats.ts";
import type { OutgoingItem } from "../media/outgoing-item.ts";
import type { ConversationView, OutgoingFile } from "../state/client-types.ts";
import { draftOf, keepDraft, keptUntil } from "../state/drafts.ts";
import { engine, me, route } from "../state/engine.ts";
import { goBack, openChats, openSheet, place } from "../state/navigation.ts";
import { blockedChats } from "../state/blocked.ts";
import { pausedPeople } from "../state/paused.ts";
import { companion, companionOf, isQuiet } from "../state/companion.ts";
import type { Companion } from "../state/companion.ts";
import { attach, outgoing } from "../state/outgoing.ts";
import { settings } from "../state/settings.ts";
import { typists } from "../state/typing.ts";
import { openThread, sendWith } from "../state/thread.ts";
import type { Thread } from "../state/thread.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Composer } from "../ui/composer.tsx";
import { Button, IconButton } from "../ui/controls.tsx";
import { lazy, lazyTalk, lazyTrust } from "../ui/lazy.tsx";
import { MessageList } from "../ui/message-list.tsx";
import { RouteLine } from "../ui/route-line.tsx";
import css from "./conversation.module.css";

const alertBar = lazyTrust(() => import("../trust/alert-bar.tsx").then((part) => part.AlertBar));
const timerButton = lazy(() => import("../chats/timer-marks.tsx").then((part) => part.TimerButton));
const blockedPanel = lazy(() => import("../chats/blocked-panel.tsx").then((part) => part.BlockedPanel));
const pausedPanel = lazyTrust(() => import("../trust/paused-panel.tsx").then((part) => part.PausedPanel));

const around = lazyTalk(() => import("../talk/around.tsx").then((part) => part.Around));
const typingLine = lazyTalk(() => import("../talk/typing-line.tsx").then((part) => part.TypingLine));
const attachMenu = lazyTalk(() => import("../talk/attach-menu.tsx").then((part) => part.AttachMenu));
const composerBar = lazyTalk(() => import("../talk/composer-bar.tsx").then((part) => part.ComposerBar));

function restsText(chat: ConversationView | undefined): string {
  const language = settings.value.language;
  if (chat?.group !== undefined) {
    const { people: count, hub } = chat.group;
    return t("chatPeopleRest", { count, region: regionName(language, hub?.region ?? me.value?.home.region ?? "") });
  }
  const mine = me.value?.home.region;
  const theirs = chat?.people[0]?.home?.region;
  if (mine === undefined) return t("chatEncrypted");
  if (theirs === undefined || theirs === mine) return t("chatRests", { region: regionName(language, mine) });
  return t("chatRestsTwo", { mine: regionName(language, mine), theirs: regionName(language, theirs) });
}

function Header({
  id,
  chat,
  name,
}: {
  readonly id: string;
  readonly chat: ConversationView | undefined;
  readonly name: string;
}): JSX.Element {
  const isGroup = chat?.group !== undefined;
  const sheet = isGroup ? "group" : "details";
  const isOpen = place.value.sheet === sheet;
  const person = chat?.people[0];
  const typing = typists.value.get(id);
  return (
    <header class={css.header}>
      <span class={css.back}>
        <IconButton icon="back" label={t("back")} onClick={goBack} />
      </span>
      <button
        type="button"
        class={css.person}
        aria-expanded={isOpen}
        title={t("chatDetails")}
        onClick={() => (isOpen ? goBack() : openSheet(sheet))}
      >
        <Avatar id={isGroup ? id : (person?.identity ?? id)} name={name} size="small" />
        <span class={css.titles}>
          <h2 class={css.name} id="conversation-title" tabIndex={-1}>
            <bdi>{name}</bdi>
          </h2>
          <span class={css.sub}>{restsText(chat)}</span>
          {typing !== undefined && (
            <typingLine.Component id={id} people={typing} isGroup={isGroup} isSaid class={css.sub} />
          )}
        </span>
      </button>
      <timerButton.Component id={id} />
      {person !== undefined && !isGroup && (
        <IconButton icon="shield" label={t("chatSafety")} onClick={() => openSheet("safety", person.identity)} />
      )}
    </header>
  );
}

/** "3 waiting for a route"; appears only when the wait is long enough to wonder about. */
function QueuedBar(): JSX.Element | null {
  const { queued, state } = route.value;
  if (queued === 0) return null;
  return (
    <div class={css.queued} data-state={state} role="status">
      <p>{state === "open" ? t("queuedBarOpen", { count: queued }) : t("queuedBar", { count: queued })}</p>
      {state !== "open" && (
        <button type="button" onClick={() => openSheet("connection")}>
          {t("queuedBarWhy")}
        </button>
      )}
    </div>
  );
}

const FAULTS: Readonly<Record<string, "chatUnlawful" | "chatAwaitsKey">> = {
  "client/unlawful-change": "chatUnlawful",
  "client/awaits-key": "chatAwaitsKey",
};

function Banner({ chat, name }: { readonly chat: ConversationView; readonly name: string }): JSX.Element | null {
  if (chat.state === "opening") return <p class={css.banner}>{t("chatOpeningText", { name })}</p>;
  if (chat.state === "fault" && chat.alert === undefined) {
    return (
      <p class={css.banner} data-tone="attention">
        {t(FAULTS[chat.fault ?? ""] ?? "chatFault")}
      </p>
    );
  }
  return chat.state === "closed" && chat.kind !== "channel" ? <p class={css.banner}>{t("chatClosed")}</p> : null;
}

function useThread(id: string): Thread | undefined {
  const thread = useSignal<Thread | undefined>(undefined);
  useEffect(() => {
    let isGone = false;
    let opened: Thread | undefined;
    const open = async (): Promise<void> => {
      const client = await engine();
      const chat = chatOf(id) ?? (await loadChat(id));
      if (isGone) return;
      opened = openThread(client, id, chat?.unread ?? 0);
      thread.value = opened;
    };
    open().catch((error: unknown) => notifyProblem(error, () => void open()));
    return () => {
      isGone = true;
      thread.value = undefined;
      opened?.close();
    };
  }, [id]);
  return thread.value?.id === id ? thread.value : undefined;
}

/** Files that go with a text, and a voice. */
interface Beside {
  readonly items: readonly OutgoingItem[];
  readonly voice: readonly OutgoingFile[];
}

async function send(
  id: string,
  thread: Thread | undefined,
  mate: Companion | undefined,
  text: string,
  { items, voice }: Beside,
): Promise<void> {
  const people = chatOf(id)?.people ?? [];
  const talk = mate !== undefined || text.includes("@") ? await import("../talk/sending.ts") : undefined;
  if (mate?.kind === "edit") return await talk?.sendEdit(mate, text, people);
  const files = items.length === 0 ? voice : await filesOf(items);
  const message = { text, ...talk?.optionsOf(mate, text, people) };
  await (thread === undefined ? sendWith(await engine(), id, message, files) : thread.send(message, files));
}

async function sendOrGiveBack(id: string, thread: Thread | undefined, text: string, beside: Beside): Promise<void> {
  const mate = companionOf(id);
  companion.value = undefined;
  try {
    await keptUntil(id, text, send(id, thread, mate, text, beside));
  } catch (error) {
    companion.value = mate;
    // What was written since stays behind it.
    keepDraft(id, [text, draftOf(id)].filter((part) => part !== "").join("\n"));
    const { items } = beside;
    if (outgoing.peek().length === 0) outgoing.value = items.map((item) => ({ ...item, previewUrl: undefined }));
    notifyProblem(error);
  }
}

async function filesOf(items: readonly OutgoingItem[]): Promise<readonly OutgoingFile[]> {
  const { outgoingFiles, quality } = await import("../media/attach.ts");
  return outgoingFiles(items, quality.peek());
}

const isFinePointer = (): boolean => matchMedia("(pointer: fine)").matches;

export function ConversationPane({ id, isFirst }: { readonly id: string; readonly isFirst: boolean }): JSX.Element {
  const thread = useThread(id);
  const isDragging = useSignal(false);
  const screen = useRef<HTMLElement>(null);
  const chat = chatOf(id);
  const name = chat === undefined ? (chats.value === undefined ? "…" : t("chatNobody")) : titleOf(chat);
  const paused = chat?.people.find(({ identity, paused: waits }) => waits ?? pausedPeople.value.has(identity));
  const person = chat?.people[0];
  const isBlocked = blockedChats.value.has(id);
  const mate = companionOf(id);
  const takesFocus = isFirst || isFinePointer();
  useEffect(() => {
    if (!takesFocus) screen.current?.querySelector<HTMLElement>("#conversation-title")?.focus({ preventScroll: true });
  }, [id]);

  if (chat === undefined && chats.value !== undefined && thread !== undefined && thread.count.value === 0) {
    return (
      <section class={css.missing}>
        <p>{t("chatMissing")}</p>
        <Button onClick={openChats}>{t("chatMissingAction")}</Button>
      </section>
    );
  }
  return (
    <section
      ref={screen}
      class={css.pane}
      aria-labelledby="conversation-title"
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes("Files") !== true) return;
        event.preventDefault();
        isDragging.value = true;
      }}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)))
          isDragging.value = false;
      }}
      onDrop={(event) => {
        isDragging.value = false;
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length === 0) return;
        event.preventDefault();
        void attach(files);
      }}
    >
      <Header id={id} chat={chat} name={name} />
      <div class={css.route}>
        <RouteLine />
      </div>
      {chat !== undefined && <Banner chat={chat} name={name} />}
      {chat?.alert !== undefined && (paused === undefined || chat.alert.code !== "chain-forked") && (
        <alertBar.Component id={chat.alert.id} />
      )}
      {isQuiet.value && chat !== undefined && <around.Component id={id} people={chat.people} pane={screen} />}
      {thread === undefined ? <div class={css.wait} /> : <MessageList key={id} thread={thread} name={name} />}
      <QueuedBar />
      {paused !== undefined && <pausedPanel.Component identity={paused.identity} name={name} />}
      {isBlocked && person !== undefined && <blockedPanel.Component identity={person.identity} name={name} />}
      {chat?.state !== "closed" && paused === undefined && !isBlocked && (
        <Composer
          conversation={id}
          autoFocus={takesFocus}
          onSend={(text, items) => void sendOrGiveBack(id, thread, text, { items, voice: [] })}
          onVoice={(voice) => void sendOrGiveBack(id, thread, "", { items: [], voice: [voice] })}
          above={mate === undefined ? undefined : <composerBar.Component key={mate.message.id} of={mate} />}
          menu={isQuiet.value ? (button) => <attachMenu.Component button={button} /> : undefined}
          onLeaveUp={() => void import("../talk/actions.ts").then((part) => part.leaveUp(screen.current, thread))}
        />
      )}
      {isDragging.value && (
        <div class={css.drop} aria-hidden="true">
          {t("composerDrop")}
        </div>
      )}
    </section>
  );
}
