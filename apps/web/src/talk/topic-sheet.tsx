/* Topics: the list of those in a conversation, and one of them with a field to write in it. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { formatNumber, t } from "../i18n/translate.ts";
import { chatOf } from "../state/chats.ts";
import type { MessageView, TopicPage, TopicView } from "../state/client-types.ts";
import { engine, onEngineEvent } from "../state/engine.ts";
import { currentConversation, openSheet, place } from "../state/navigation.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Bubble } from "../ui/bubble.tsx";
import { Button, Field } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { mentionsIn } from "./mention-text.ts";
import { titleOf } from "./topic-title.ts";
import css from "./topic.module.css";

/** Messages of a topic that are shown at once. */
const SHOWN = 50;

/** Reads again whenever the conversation changes. */
function useFollowed<T>(id: string, read: () => Promise<T>): T | undefined {
  const found = useSignal<T | undefined>(undefined);
  useEffect(() => {
    let isGone = false;
    const look = (): void => {
      const now = async (): Promise<void> => {
        const page = await read();
        if (!isGone) found.value = page;
      };
      now().catch((error: unknown) => notifyProblem(error));
    };
    look();
    const stop = onEngineEvent((event) => {
      if ((event.type === "message" || event.type === "talk") && event.conversation === id) look();
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [id]);
  return found.value;
}

function Line({ message, named }: { readonly message: MessageView; readonly named: boolean }): JSX.Element {
  const { topic: _, ...line } = message;
  return (
    <article class={css.line} data-mine={message.mine}>
      {named && !message.mine && (
        <p class={css.name}>
          <bdi>{plainName(message.senderName)}</bdi>
        </p>
      )}
      <Bubble message={line} isLast />
    </article>
  );
}

/** One topic. */
export function TopicSheet(): JSX.Element {
  const id = currentConversation.value ?? "";
  const topic = place.value.item ?? "";
  const text = useSignal("");
  const end = useRef<HTMLDivElement>(null);
  const chat = chatOf(id);
  const page = useFollowed<TopicPage>(id, async () => (await engine()).talk.topic(id, topic, { limit: SHOWN }));
  const count = page?.lines.length ?? 0;
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [count]);
  const send = async (): Promise<void> => {
    const said = text.peek().trim();
    if (said === "") return;
    text.value = "";
    try {
      const mentions = mentionsIn(said, chat?.people ?? []);
      await (await engine()).send(id, { text: said, topic, ...(mentions.length > 0 && { mentions }) });
    } catch (error) {
      text.value = said;
      notifyProblem(error);
    }
  };
  const name = page?.root?.text ?? page?.lines[0]?.topic?.title ?? "";
  return (
    <Sheet title={page === undefined ? "" : `\u2068${titleOf(name)}\u2069`}>
      {page?.root !== undefined && (
        <div class={css.root}>
          <Line message={page.root} named={chat?.group !== undefined} />
        </div>
      )}
      {page?.lines.map((message) => (
        <Line key={message.id} message={message} named={chat?.group !== undefined} />
      ))}
      {count === 0 && page !== undefined && <p class={css.hint}>{t("talkTopicEmpty")}</p>}
      <div ref={end} />
      {chat?.state !== "closed" && (
        <form
          class={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <Field label={t("talkTopicWrite")} value={text.value} lines={2} onInput={(now) => (text.value = now)} />
          <Button kind="primary" type="submit">
            {t("composerSend")}
          </Button>
        </form>
      )}
    </Sheet>
  );
}

/** All topics of a conversation. */
export function TopicsSheet(): JSX.Element {
  const id = currentConversation.value ?? "";
  const topics = useFollowed<readonly TopicView[]>(id, async () => (await engine()).talk.topics(id));
  return (
    <Sheet title={t("talkTopics")}>
      <ul class={css.list}>
        {topics?.map((topic) => (
          <li key={topic.id}>
            <button type="button" class={css.pick} onClick={() => openSheet("topic", topic.id)}>
              <span class={css.title}>
                <bdi>{titleOf(topic.title)}</bdi>
              </span>
              <span class={css.small}>{t("talkTopicLines", { count: topic.lines })}</span>
              {topic.unread > 0 && (
                <span class={css.unread} role="img" aria-label={t("talkTopicUnread", { count: topic.unread })}>
                  {formatNumber(topic.unread)}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {topics?.length === 0 && <p class={css.hint}>{t("talkTopicNone")}</p>}
    </Sheet>
  );
}
