/*
 * Messages among what the chat list's field finds: the words in their sentence, whose and when; pressed, the chat opens at the message.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ComponentChildren, JSX } from "preact";
import { plainName, plainText } from "../format/bidi.ts";
import { rowTime } from "../format/dates.ts";
import { t } from "../i18n/translate.ts";
import { chatOf, titleOf } from "../state/chats.ts";
import type { SearchHit, SearchPage } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { openConversation } from "../state/navigation.ts";
import { nowMs } from "../state/now.ts";
import { settings } from "../state/settings.ts";
import { notifyProblem } from "../state/toasts.ts";
import { jumpTo } from "../talk/jump.ts";
import { Button } from "../ui/controls.tsx";
import { FindFilters, type Narrowed } from "./find-filters.tsx";
import css from "./tools.module.css";

const PAGE = 20;
/** So much stands before the first word that was found. */
const BEFORE = 24;
const SHOWN = 140;
/** While letters follow each other faster than this nothing is asked. */
const TYPING_MS = 120;

/** The text around what was found, with the words marked. */
function Excerpt({ hit }: { readonly hit: SearchHit }): JSX.Element {
  const { text, attachments } = hit.message;
  if (text === "") return <bdi class={css.excerpt}>{plainName(attachments[0]?.fileName ?? "")}</bdi>;
  const from = Math.max(0, (hit.stretches[0]?.at ?? 0) - BEFORE);
  const to = Math.min(text.length, from + SHOWN);
  const parts: ComponentChildren[] = [from > 0 ? "…" : ""];
  let last = from;
  for (const { at, length } of hit.stretches) {
    if (at < last || at + length > to) continue;
    parts.push(plainText(text.slice(last, at)), <mark key={at}>{plainText(text.slice(at, at + length))}</mark>);
    last = at + length;
  }
  parts.push(plainText(text.slice(last, to)), to < text.length ? "…" : "");
  return (
    <span class={css.excerpt} dir="auto">
      {parts}
    </span>
  );
}

function Found({ hit }: { readonly hit: SearchHit }): JSX.Element {
  const { message } = hit;
  const chat = chatOf(message.conversation);
  const words = { today: t("today"), yesterday: t("yesterday") };
  const open = (): void => {
    openConversation(message.conversation);
    // When the conversation has drawn itself.
    setTimeout(() => void jumpTo(message.position), 50);
  };
  return (
    <li>
      <button type="button" class={css.found} onClick={open}>
        <span class={css.whose}>
          <bdi>{chat === undefined ? t("chatNobody") : titleOf(chat)}</bdi>
          <time>{rowTime(settings.value, words, message.writtenAtMs, nowMs.value)}</time>
        </span>
        <span class={css.line}>
          {message.mine && <span>{t("chatYou")} </span>}
          <Excerpt hit={hit} />
        </span>
      </button>
    </li>
  );
}

/** What is found of `words`; nothing while there are none. */
export function FoundMessages({ words }: { readonly words: string }): JSX.Element | null {
  const page = useSignal<SearchPage | undefined>(undefined);
  const limit = useSignal(PAGE);
  const asked = useRef(0);
  const narrowed = useSignal<Narrowed>({});
  const most = limit.value;
  useEffect(() => {
    const own = (asked.current += 1);
    const timer = setTimeout(() => {
      void engine()
        .then((client) => client.search.find({ words, limit: most, ...narrowed.peek() }))
        .then((found) => own === asked.current && (page.value = found), notifyProblem);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [words, most, narrowed.value]);
  const found = page.value;
  if (found === undefined) return null;
  return (
    <section class={css.messages} aria-label={t("findMessages")}>
      <h3 class={css.heading}>{t("findMessages")}</h3>
      <FindFilters onChange={(chosen) => (narrowed.value = chosen)} />
      <p class={css.none} role="status">
        {found.hits.length === 0 ? t("findNone") : ""}
        {found.waiting > 0 ? ` ${t("findWaiting", { count: found.waiting })}` : ""}
      </p>
      <ul>
        {found.hits.map((hit) => (
          <Found key={hit.message.id} hit={hit} />
        ))}
      </ul>
      {found.more && limit.value < 100 && (
        <Button kind="quiet" onClick={() => (limit.value = Math.min(100, limit.value + PAGE * 2))}>
          {t("findMore")}
        </Button>
      )}
    </section>
  );
}
