/*
 * One message. The text takes its own direction, paragraph by paragraph; time and state float at the end of the last
 * line, or below it when there is no room. One square corner at the sender's inline end.
 */
import type { ComponentChildren, JSX } from "preact";
import { plainText } from "../format/bidi.ts";
import { clockTime } from "../format/dates.ts";
import { textParts } from "../format/links.ts";
import type { MessageView } from "../state/client-types.ts";
import { settings } from "../state/settings.ts";
import { DeliveryMark } from "./delivery.tsx";
import { lazy, lazyTrust } from "./lazy.tsx";
import css from "./bubble.module.css";

const EMOJI_ONLY = /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}|\u200D|\uFE0F|[\u{1F3FB}-\u{1F3FF}]){1,12}$/u;

function withLinks(text: string): ComponentChildren {
  return textParts(text).map((part) =>
    part.isNumber === true ? (
      <bdi dir="ltr">{part.text}</bdi>
    ) : part.href === undefined ? (
      part.text
    ) : (
      <a href={part.href} target="_blank" rel="noopener noreferrer" dir="ltr">
        {part.text}
      </a>
    ),
  );
}

const restoredMark = lazyTrust(() => import("../trust/restored.tsx").then((part) => part.RestoredMark));
const timerMark = lazy(() => import("../chats/timer-marks.tsx").then((part) => part.TimerMark));
const attachmentBody = lazy(() => import("./attachment.tsx").then((part) => part.AttachmentBody));

export interface BubbleProps {
  readonly message: MessageView;
  /** last of a group by one sender: it carries the corner */
  readonly isLast: boolean;
}

export function Bubble({ message, isLast }: BubbleProps): JSX.Element {
  const { mine, text, attachment, state } = message;
  const meta = (
    <span class={css.meta}>
      {message.restored === true && <restoredMark.Component removal={message.removal} />}
      {message.disappearsAfterS !== undefined && <timerMark.Component seconds={message.disappearsAfterS} />}
      <time dateTime={new Date(message.writtenAtMs).toISOString()}>
        {clockTime(settings.value, message.writtenAtMs)}
      </time>
      {state !== "received" && <DeliveryMark state={state} />}
    </span>
  );
  const isPhoto = attachment?.mediaType.startsWith("image/") === true;
  return (
    <div class={css.bubble} data-mine={mine} data-last={isLast} data-photo={isPhoto} data-state={state}>
      {attachment !== undefined && <attachmentBody.Component message={message} attachment={attachment} />}
      {text === "" ? (
        meta
      ) : (
        <div class={css.text} dir="auto" data-emoji={EMOJI_ONLY.test(text)}>
          {withLinks(plainText(text))}
          {meta}
        </div>
      )}
    </div>
  );
}
