/*
 * One message. The text takes its own direction, paragraph by paragraph; time and state float at the end of the last
 * line, or below it when there is no room. One square corner at the sender's inline end.
 */
import type { JSX } from "preact";
import { plainText } from "../format/bidi.ts";
import { clockTime } from "../format/dates.ts";
import { isVisual } from "../format/media.ts";
import { settings } from "../state/settings.ts";
import type { ThreadMessage } from "../state/unkept.ts";
import { DeliveryMark } from "./delivery.tsx";
import { lazy, lazyTalk, lazyTrust } from "./lazy.tsx";
import { linkedText } from "./linked-text.tsx";
import css from "./bubble.module.css";

const EMOJI_ONLY = /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}|\u200D|\uFE0F|[\u{1F3FB}-\u{1F3FF}]){1,12}$/u;

const restoredMark = lazyTrust(() => import("../trust/restored.tsx").then((part) => part.RestoredMark));
const timerMark = lazy(() => import("../chats/timer-marks.tsx").then((part) => part.TimerMark));
const attachmentBody = lazy(() => import("../media/attachments.tsx").then((part) => part.Attachments));

const talk = lazyTalk(() => import("../talk/bubble-parts.tsx").then((part) => part.TalkPart));

export interface BubbleProps {
  readonly message: ThreadMessage;
  /** last of a group by one sender: it carries the corner */
  readonly isLast: boolean;
}

export function Bubble({ message, isLast }: BubbleProps): JSX.Element {
  const { mine, text, attachments, state, mentions, deleted } = message;
  const meta = (
    <span class={css.meta}>
      {message.restored === true && <restoredMark.Component removal={message.removal} />}
      {message.disappearsAfterS !== undefined && <timerMark.Component seconds={message.disappearsAfterS} />}
      {(message.edited ?? message.pinned) !== undefined && <talk.Component is="states" message={message} />}
      <time dateTime={new Date(message.writtenAtMs).toISOString()}>
        {clockTime(settings.value, message.writtenAtMs)}
      </time>
      {state !== "received" && deleted === undefined && <DeliveryMark message={message} />}
    </span>
  );
  const isPhoto = attachments.length > 0 && attachments.every(isVisual);
  return (
    <div class={css.bubble} data-mine={mine} data-last={isLast} data-photo={isPhoto} data-state={state}>
      {(message.replyTo ?? message.forwardedFrom ?? message.topic) !== undefined && deleted === undefined && (
        <talk.Component is="above" message={message} />
      )}
      {deleted !== undefined && <talk.Component is="gone" message={message} />}
      {attachments.length > 0 && <attachmentBody.Component message={message} />}
      {text === "" ? (
        meta
      ) : (
        <div class={css.text} dir="auto" data-emoji={EMOJI_ONLY.test(text)}>
          {mentions === undefined ? linkedText(plainText(text)) : <talk.Component is="words" message={message} />}
          {meta}
        </div>
      )}
      {(message.poll ?? message.preview) && <talk.Component is="under" message={message} />}
      {message.reactions !== undefined && <talk.Component is="below" message={message} />}
    </div>
  );
}
