/*
 * What a message shows beside its words: what it answers and whom it is from above them, who reacted below, and instead of
 * them that they were deleted. Everything others wrote stands isolated, in its own direction.
 */
import type { JSX } from "preact";
import { plainName, plainText } from "../format/bidi.ts";
import { formatNumber, t } from "../i18n/translate.ts";
import type { MessageView, NamedPerson, ReactionView, ReplyView } from "../state/client-types.ts";
import { linkedText } from "../ui/linked-text.tsx";
import { ask, react, reply } from "./actions.ts";
import { jumpTo } from "./jump.ts";
import { openSheet } from "../state/navigation.ts";
import { PollPart } from "./poll-part.tsx";
import { PreviewPart } from "./preview-part.tsx";
import { TalkIcon } from "./talk-icon.tsx";
import { titleOf } from "./topic-title.ts";
import css from "./talk.module.css";

/** A person by name, or "you". */
export const nameOf = (person: NamedPerson | undefined): string =>
  person === undefined ? "" : person.mine ? t("talkYou") : plainName(person.name) || t("chatNobody");

/** The beginning of what an answered message says. */
export function quoteText(of: Pick<ReplyView, "is" | "text" | "fileName" | "mediaType">): string {
  if (of.is === "deleted") return t("talkReplyDeleted");
  if (of.is === "missing") return t("talkReplyMissing");
  if (of.text !== "") return plainText(of.text);
  if (of.mediaType?.startsWith("image/") === true) return t("talkReplyPhoto");
  return of.fileName === undefined ? t("talkReplyFile") : plainName(of.fileName);
}

function Quote({ of }: { readonly of: ReplyView }): JSX.Element {
  const { position, sender } = of;
  return (
    <button
      type="button"
      class={css.quote}
      data-is={of.is}
      disabled={position === undefined}
      onClick={() => position !== undefined && void jumpTo(position)}
    >
      {sender !== undefined && (
        <span class={css.quoteName}>
          <bdi>{nameOf(sender)}</bdi>
        </span>
      )}
      <span class={css.quoteText}>
        <bdi>{quoteText(of)}</bdi>
      </span>
    </button>
  );
}

function Above({ message }: { readonly message: MessageView }): JSX.Element {
  const { forwardedFrom, replyTo, topic } = message;
  return (
    <>
      {topic !== undefined && (
        <button type="button" class={css.topic} onClick={() => openSheet("topic", topic.id)}>
          <TalkIcon name="topic" size={16} />
          <span class={css.quoteText}>
            <bdi>{titleOf(topic.title)}</bdi>
          </span>
        </button>
      )}
      {forwardedFrom !== undefined && (
        <p class={css.forwarded}>
          <TalkIcon name="pass" size={16} />
          <span>
            {forwardedFrom.mine
              ? t("talkForwardedFromYou")
              : forwardedFrom.name === ""
                ? t("talkForwarded")
                : t("talkForwardedFrom", { name: plainName(forwardedFrom.name) })}
          </span>
        </p>
      )}
      {replyTo !== undefined && <Quote of={replyTo} />}
    </>
  );
}

/** A text with the people it mentions. */
function Words({ message: { text, mentions = [] } }: { readonly message: MessageView }): JSX.Element {
  const pieces: (JSX.Element | ReturnType<typeof linkedText>)[] = [];
  let at = 0;
  for (const { start, length, mine } of mentions) {
    if (start < at || start + length > text.length) continue;
    pieces.push(linkedText(plainText(text.slice(at, start))));
    pieces.push(
      <bdi key={start} class={css.mention} data-mine={mine}>
        {plainText(text.slice(start, start + length))}
      </bdi>,
    );
    at = start + length;
  }
  pieces.push(linkedText(plainText(text.slice(at))));
  return <>{pieces}</>;
}

/** Under the words: the card of a link, what may be chosen. */
function Under({ message }: { readonly message: MessageView }): JSX.Element {
  return (
    <>
      {message.preview !== undefined && <PreviewPart message={message} />}
      {message.poll !== undefined && <PollPart message={message} />}
    </>
  );
}

/** Beside the time: that it was edited, that it is pinned. */
function States({ message }: { readonly message: MessageView }): JSX.Element {
  return (
    <span class={css.state}>
      {message.pinned !== undefined && (
        <span role="img" aria-label={t("talkPinned")}>
          <TalkIcon name="pin" size={13} />
        </span>
      )}
      {message.edited !== undefined && <span>{t("talkEdited")}</span>}
    </span>
  );
}

function Reaction({ message, of }: { readonly message: MessageView; readonly of: ReactionView }): JSX.Element {
  const names = of.people.map(nameOf).join(t("listComma"));
  return (
    <button
      type="button"
      class={css.reaction}
      aria-pressed={of.mine}
      aria-label={t("talkReactionLabel", { emoji: of.emoji, count: of.count })}
      title={names}
      onClick={() => void react(message, of.emoji)}
      onContextMenu={(event) => {
        event.preventDefault();
        event.stopPropagation();
        ask("people", message);
      }}
    >
      <span aria-hidden="true">{of.emoji}</span>
      <span>{formatNumber(of.count)}</span>
    </button>
  );
}

function Below({ message }: { readonly message: MessageView }): JSX.Element {
  return (
    <div class={css.reactions}>
      {message.reactions?.map((one) => (
        <Reaction key={one.emoji} message={message} of={one} />
      ))}
    </div>
  );
}

/** In the place of a deleted message. */
function Gone({ message }: { readonly message: MessageView }): JSX.Element {
  const { deleted } = message;
  const by = deleted?.by;
  const says =
    deleted?.of === "me"
      ? t("talkDeletedMe")
      : by?.mine === true
        ? t("talkDeletedYou")
        : t("talkDeletedBy", { name: nameOf(by) });
  return (
    <span class={css.gone}>
      <TalkIcon name="bin" size={16} />
      <span>{says}</span>
    </span>
  );
}

/** Beside a message while the pointer is over it. */
function Tools({
  message,
  button,
}: {
  readonly message: MessageView;
  readonly button?: string | undefined;
}): JSX.Element {
  return (
    <span class={css.tools}>
      <button type="button" class={button} tabIndex={-1} aria-label={t("talkReply")} onClick={() => reply(message)}>
        <TalkIcon name="reply" />
      </button>
      <button
        type="button"
        class={button}
        tabIndex={-1}
        aria-label={t("talkReact")}
        onClick={() => ask("emoji", message)}
      >
        <TalkIcon name="smile" />
      </button>
    </span>
  );
}

/** Where a part of a message stands. */
type Place = "above" | "words" | "states" | "below" | "gone" | "tools" | "under";

interface PartProps {
  readonly message: MessageView;
  /** of the tools: the class of a button */
  readonly button?: string | undefined;
}

const PARTS: Readonly<Record<Place, (props: PartProps) => JSX.Element | null>> = {
  above: Above,
  words: Words,
  states: States,
  below: Below,
  gone: Gone,
  tools: Tools,
  under: Under,
};

/** One of the parts, by its place: a single door costs the first visit the least. */
export function TalkPart({ is, ...props }: PartProps & { readonly is: Place }): JSX.Element {
  const Part = PARTS[is];
  return <Part {...props} />;
}
