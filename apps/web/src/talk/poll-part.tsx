/* A poll in its bubble: what may be chosen, how many chose it as a bar, and who. A press votes at once; one more takes it back. */
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { formatNumber, t } from "../i18n/translate.ts";
import { chatOf } from "../state/chats.ts";
import type { MessageView, PollView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";
import { ask } from "./actions.ts";
import css from "./poll.module.css";

/** What one has chosen after a press on an option. */
export function pressed({ options, multiple }: PollView, at: number): readonly number[] {
  const mine = options.flatMap((one, index) => (one.mine ? [index] : []));
  if (mine.includes(at)) return mine.filter((one) => one !== at);
  return multiple ? [...mine, at] : [at];
}

async function vote(message: MessageView, poll: PollView, at: number): Promise<void> {
  try {
    await (await engine()).talk.vote(message.id, pressed(poll, at));
  } catch (error) {
    notifyProblem(error);
  }
}

async function close(message: MessageView): Promise<void> {
  try {
    await (await engine()).talk.closePoll(message.id);
  } catch (error) {
    notifyProblem(error, () => void close(message));
  }
}

export function PollPart({ message }: { readonly message: MessageView }): JSX.Element | null {
  const { poll } = message;
  if (poll === undefined) return null;
  const isClosed = poll.closed !== undefined;
  const isMute = isClosed || chatOf(message.conversation)?.state === "closed";
  return (
    <div class={css.poll} role="group" aria-label={t("talkPoll")} data-mine={message.mine}>
      {poll.options.map(({ text, count, mine }, at) => (
        <button
          key={at}
          type="button"
          class={css.option}
          role={poll.multiple ? "checkbox" : "radio"}
          aria-checked={mine}
          aria-disabled={isMute}
          aria-label={t("talkPollVotes", { option: plainName(text), count })}
          onClick={() => !isMute && void vote(message, poll, at)}
        >
          <span class={css.mark} data-many={poll.multiple} aria-hidden="true" />
          <bdi class={css.words}>{plainName(text)}</bdi>
          <span class={css.count}>{formatNumber(count)}</span>
          <span class={css.bar} aria-hidden="true">
            <span style={{ inlineSize: `${poll.voters === 0 ? 0 : (100 * count) / poll.voters}%` }} />
          </span>
        </button>
      ))}
      <p class={css.says}>
        <span>{t("talkPollVoters", { count: poll.voters })}</span>
        <span aria-hidden="true">·</span>
        <span>{t(isClosed ? "talkPollClosed" : poll.multiple ? "talkPollMany" : "talkPollOne")}</span>
      </p>
      <p class={css.actions}>
        {poll.voters > 0 && (
          <button type="button" onClick={() => ask("votes", message)}>
            {t("talkPollWho")}
          </button>
        )}
        {message.mine && !isClosed && (
          <button type="button" onClick={() => void close(message)}>
            {t("talkPollClose")}
          </button>
        )}
      </p>
    </div>
  );
}
