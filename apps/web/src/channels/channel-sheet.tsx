/* What a channel is, who writes and how many read; and for whoever leads it, who they are, and links that lead in. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import groupCss from "../groups/groups.module.css";
import { t } from "../i18n/translate.ts";
import type { ChannelAskView, ChannelReaderView, ChannelView } from "../state/client-types.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, Field } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { ChannelLinks } from "./channel-links.tsx";
import { ReadersList } from "./readers-list.tsx";
import { readersText } from "./channel-words.ts";
import css from "./channels.module.css";
import { type ChannelAct, useChannel } from "./use-channel.ts";

const LONGEST_NAME = 64;
const LONGEST_ABOUT = 500;
/** From so many on there is a field to find one. */
const FOUND_FROM = 8;

interface Props {
  readonly channel: ChannelView;
  readonly act: ChannelAct;
}

function Reader({ channel, act, reader }: Props & { readonly reader: ChannelReaderView }): JSX.Element {
  const isOpen = useSignal(false);
  const isSure = useSignal(false);
  const { conversation: id } = channel;
  const { identity, writes, going } = reader;
  const name = plainName(reader.name) || t("groupSomebody");
  return (
    <div class={groupCss.member}>
      <button
        type="button"
        class={groupCss.person}
        aria-expanded={isOpen.value}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        <Avatar id={identity} name={reader.name} size="small" />
        <bdi class={groupCss.name}>{name}</bdi>
        <span class={groupCss.role} data-role={writes ? "admin" : "member"}>
          {going ? t("channelGoing") : writes ? t("channelWriter") : ""}
        </span>
      </button>
      {isOpen.value && !going && (
        <div class={groupCss.actions}>
          <Button onClick={() => act((channels) => channels.setWriter(id, identity, !writes))}>
            {t(writes ? "channelMakeReader" : "channelMakeWriter")}
          </Button>
          {isSure.value && <p class={groupCss.muted}>{t("channelRemoveText", { name })}</p>}
          <Button
            kind={isSure.value ? "primary" : "plain"}
            onClick={() => {
              if (isSure.peek()) act((channels) => channels.remove(id, [identity]));
              else isSure.value = true;
            }}
          >
            {t("channelRemove")}
          </Button>
        </div>
      )}
    </div>
  );
}

function Readers({ channel, act }: Props): JSX.Element {
  const wanted = useSignal("");
  return (
    <section class={groupCss.form} aria-label={t("channelReadersTitle")}>
      <h3 class={groupCss.title}>{t("channelReadersTitle")}</h3>
      <p class={groupCss.muted}>{t("channelReadersText")}</p>
      {(channel.readerCount ?? 0) >= FOUND_FROM && (
        <Field label={t("channelFind")} value={wanted.value} onInput={(value) => (wanted.value = value)} />
      )}
      <ReadersList
        key={wanted.value}
        channel={channel}
        name={wanted.value}
        row={(reader) => <Reader key={reader.identity} channel={channel} act={act} reader={reader} />}
      />
    </section>
  );
}

function Ask({ channel, act, ask }: Props & { readonly ask: ChannelAskView }): JSX.Element {
  const { conversation: id } = channel;
  return (
    <li class={groupCss.link}>
      <span class={groupCss.person}>
        <Avatar id={ask.identity} name={ask.name} size="small" />
        <bdi class={groupCss.name}>{plainName(ask.name) || t("groupSomebody")}</bdi>
      </span>
      <div class={groupCss.actions}>
        <Button kind="primary" onClick={() => act((channels) => channels.admit(id, ask.identity))}>
          {t("groupAdmit")}
        </Button>
        <Button onClick={() => act((channels) => channels.refuse(id, ask.identity))}>{t("groupRefuse")}</Button>
      </div>
    </li>
  );
}

function Describe({ channel, act }: Props): JSX.Element {
  const name = useSignal(channel.name);
  const about = useSignal(channel.about);
  const isOther = name.value.trim() !== channel.name || about.value.trim() !== channel.about;
  return (
    <form
      class={groupCss.form}
      onSubmit={(event) => {
        event.preventDefault();
        const described = { name: name.peek(), about: about.peek() };
        act((channels) => channels.describe(channel.conversation, described));
      }}
    >
      <Field
        label={t("channelName")}
        value={name.value}
        maxLength={LONGEST_NAME}
        onInput={(value) => (name.value = value)}
      />
      <Field
        label={t("channelAbout")}
        value={about.value}
        lines={2}
        maxLength={LONGEST_ABOUT}
        onInput={(value) => (about.value = value)}
      />
      {isOther && <Button type="submit">{t("channelDescribe")}</Button>}
    </form>
  );
}

function Leave({ channel, act }: Props): JSX.Element {
  const isSure = useSignal(false);
  return (
    <div class={groupCss.form}>
      {isSure.value && <p class={groupCss.muted}>{t("channelLeaveText")}</p>}
      <Button
        kind={isSure.value ? "primary" : "plain"}
        onClick={() => {
          if (isSure.peek()) act((channels) => channels.leave(channel.conversation));
          else isSure.value = true;
        }}
      >
        {t("channelLeave")}
      </Button>
    </div>
  );
}

export function ChannelSheet({ id }: { readonly id: string }): JSX.Element {
  const { channel, act } = useChannel(id);
  if (channel === undefined) return <Sheet title={t("channelTitle")}>{""}</Sheet>;
  const { leads, standing, about, writers, asks } = channel;
  const isHere = standing === "in" || standing === "asking";
  return (
    <Sheet title={plainName(channel.name)}>
      <div class={groupCss.parts}>
        {about !== "" && (
          <p class={css.about} dir="auto">
            {about}
          </p>
        )}
        {standing === "in" && <p class={groupCss.muted}>{readersText(channel)}</p>}
        {writers.length > 0 && (
          <section class={groupCss.form} aria-label={t("channelWriters")}>
            <h3 class={groupCss.title}>{t("channelWriters")}</h3>
            <ul class={groupCss.list}>
              {writers.map(({ identity, name, leads: isLeader }) => (
                <li key={identity} class={groupCss.person}>
                  <Avatar id={identity} name={name} size="small" />
                  <bdi class={groupCss.name}>{plainName(name) || t("groupSomebody")}</bdi>
                  {isLeader && <span class={groupCss.role}>{t("channelLeader")}</span>}
                </li>
              ))}
            </ul>
          </section>
        )}
        {asks.length > 0 && (
          <section class={groupCss.form} aria-label={t("groupRequests")}>
            <h3 class={groupCss.title}>{t("groupRequests")}</h3>
            <ul class={groupCss.list}>
              {asks.map((ask) => (
                <Ask key={ask.identity} channel={channel} act={act} ask={ask} />
              ))}
            </ul>
          </section>
        )}
        {leads && <ChannelLinks channel={channel} act={act} />}
        {leads && !channel.open && <Readers channel={channel} act={act} />}
        {leads && <Describe key={`${channel.name} ${about}`} channel={channel} act={act} />}
        {!leads && isHere && <Leave channel={channel} act={act} />}
      </div>
    </Sheet>
  );
}
