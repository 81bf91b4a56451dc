/* The sheets about one message: deleting it, whom to send it on to, an emoji for it, who reacted, what it said before. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { plainName, plainText } from "../format/bidi.ts";
import { clockTime, dayLabel } from "../format/dates.ts";
import { t } from "../i18n/translate.ts";
import { chats, titleOf } from "../state/chats.ts";
import type { MessageView, VersionView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { openConversation } from "../state/navigation.ts";
import { nowMs } from "../state/now.ts";
import { settings } from "../state/settings.ts";
import { notifyProblem } from "../state/toasts.ts";
import { talkSheet } from "../state/viewer.ts";
import type { TalkSheetName } from "../state/viewer.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/controls.tsx";
import { lazy } from "../ui/lazy.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { react } from "./actions.ts";
import { nameOf } from "./bubble-parts.tsx";
import { jumpTo } from "./jump.ts";
import { lineOf } from "./pinned-bar.tsx";
import css from "./talk.module.css";

interface About {
  readonly message: MessageView;
}

const close = (): void => void (talkSheet.value = undefined);
const emoji = lazy(() => import("./emoji-picker.tsx").then((part) => part.EmojiPicker));

function when(atMs: number): string {
  const words = { today: t("today"), yesterday: t("yesterday") };
  return `${dayLabel(settings.value, words, atMs, nowMs.value)} ${clockTime(settings.value, atMs)}`;
}

function erase(message: MessageView, of: "all" | "me"): void {
  close();
  engine()
    .then((client) => client.talk.erase(message.id, of))
    .catch((error: unknown) => notifyProblem(error, () => erase(message, of)));
}

function Delete({ message }: About): JSX.Element {
  return (
    <Sheet title={t("talkDeleteTitle")} onClose={close}>
      <p>{t("talkDeleteText")}</p>
      <div class={css.choices}>
        {message.mine && (
          <Button kind="primary" onClick={() => erase(message, "all")}>
            {t("talkDeleteAll")}
          </Button>
        )}
        <Button onClick={() => erase(message, "me")}>{t("talkDeleteMe")}</Button>
        <Button kind="quiet" onClick={close}>
          {t("talkDeleteKeep")}
        </Button>
      </div>
    </Sheet>
  );
}

function Forward({ message }: About): JSX.Element {
  const into = async (id: string): Promise<void> => {
    close();
    try {
      await (await engine()).talk.forward(message.id, id);
      openConversation(id);
    } catch (error) {
      notifyProblem(error, () => void into(id));
    }
  };
  return (
    <Sheet title={t("talkForwardTitle")} onClose={close}>
      <ul class={css.list}>
        {chats.value
          ?.filter(({ state }) => state !== "closed")
          .map((chat) => (
            <li key={chat.id}>
              <button type="button" class={css.pick} onClick={() => void into(chat.id)}>
                <Avatar id={chat.people[0]?.identity ?? chat.id} name={titleOf(chat)} size="small" />
                <bdi>{titleOf(chat)}</bdi>
              </button>
            </li>
          ))}
      </ul>
    </Sheet>
  );
}

function Emoji({ message }: About): JSX.Element {
  return (
    <Sheet title={t("talkEmojiTitle")} onClose={close}>
      <emoji.Component
        onFail={close}
        onPick={(chosen: string) => {
          close();
          void react(message, chosen);
        }}
      />
    </Sheet>
  );
}

function People({ message }: About): JSX.Element {
  return (
    <Sheet title={t("talkReactions")} onClose={close}>
      <ul class={css.list}>
        {message.reactions?.flatMap(({ emoji: sign, people }) =>
          people.map((person) => (
            <li key={`${sign} ${person.identity}`} class={css.pick}>
              <Avatar id={person.identity} name={plainName(person.name)} size="small" />
              <bdi>{nameOf(person)}</bdi>
              <span>{sign}</span>
            </li>
          )),
        )}
      </ul>
    </Sheet>
  );
}

function Votes({ message }: About): JSX.Element {
  return (
    <Sheet title={t("talkPollWho")} onClose={close}>
      {message.poll?.options.map(({ text, people }, at) => (
        <section key={at}>
          <h3 class={css.heading}>
            <bdi>{plainName(text)}</bdi>
          </h3>
          <ul class={css.list}>
            {people.map((person) => (
              <li key={person.identity} class={css.pick}>
                <Avatar id={person.identity} name={plainName(person.name)} size="small" />
                <bdi>{nameOf(person)}</bdi>
              </li>
            ))}
          </ul>
          {people.length === 0 && <p class={css.small}>{t("talkPollVoters", { count: 0 })}</p>}
        </section>
      ))}
      <p class={css.small}>{t("talkPollText")}</p>
    </Sheet>
  );
}

function Versions({ message }: About): JSX.Element {
  const versions = useSignal<readonly VersionView[]>([]);
  useEffect(() => {
    engine()
      .then((client) => client.talk.versions(message.id))
      .then((found) => (versions.value = found))
      .catch((error: unknown) => notifyProblem(error));
  }, []);
  return (
    <Sheet title={t("talkVersions")} onClose={close}>
      {versions.value.toReversed().map(({ text, atMs }, index) => (
        <div key={versions.value.length - index} class={css.version}>
          <p dir="auto">{plainText(text)}</p>
          <span class={css.small}>
            {when(atMs)}
            {index === 0 && ` · ${t("talkVersionNow")}`}
          </span>
        </div>
      ))}
    </Sheet>
  );
}

function Pins({ message }: About): JSX.Element {
  const pins = useSignal<readonly MessageView[]>([]);
  useEffect(() => {
    engine()
      .then((client) => client.talk.pins(message.conversation))
      .then((found) => (pins.value = found))
      .catch((error: unknown) => notifyProblem(error));
  }, []);
  return (
    <Sheet title={t("talkPinnedAll")} onClose={close}>
      <ul class={css.list}>
        {pins.value.map((pinned) => (
          <li key={pinned.id}>
            <button
              type="button"
              class={css.pick}
              onClick={() => {
                close();
                void jumpTo(pinned.position);
              }}
            >
              <span>
                <span dir="auto">{lineOf(pinned)}</span>
                <span class={css.small}>{t("talkPinnedBy", { name: nameOf(pinned.pinned?.by) })}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

const SHEETS: Readonly<Record<TalkSheetName, (about: About) => JSX.Element>> = {
  delete: Delete,
  forward: Forward,
  emoji: Emoji,
  people: People,
  versions: Versions,
  pins: Pins,
  votes: Votes,
};

export function TalkSheets(): JSX.Element | null {
  const now = talkSheet.value;
  if (now === undefined) return null;
  const Shown = SHEETS[now.kind];
  return <Shown key={now.kind} message={now.message} />;
}
