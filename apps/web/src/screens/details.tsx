/*
 * About a chat: who, where each copy rests, who could read it. A pane of its own on a wide screen, a sheet elsewhere.
 */
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { regionName } from "../format/region.ts";
import { t } from "../i18n/translate.ts";
import { chatOf, titleOf } from "../state/chats.ts";
import type { StationView } from "../state/client-types.ts";
import { me } from "../state/engine.ts";
import { currentConversation, goBack, openSheet } from "../state/navigation.ts";
import { settings } from "../state/settings.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, IconButton } from "../ui/controls.tsx";
import { lazyTools } from "../ui/lazy.tsx";
import { Sheet } from "../ui/sheet.tsx";
import facts from "./facts.module.css";
import css from "./details.module.css";

const find = lazyTools(() => import("../tools/find-door.tsx").then((part) => part.FindDoor));

/** Letters of an identity in groups of four, so that two people can read them to each other. */
function grouped(id: string): string {
  return id.match(/.{1,4}/gu)?.join(" ") ?? "";
}

function placeOf(station: StationView): { readonly station: string; readonly region: string } {
  return { station: plainName(station.name), region: regionName(settings.value.language, station.region) };
}

function Facts(): JSX.Element | null {
  const chat = chatOf(currentConversation.value);
  const person = chat?.people[0];
  if (chat === undefined) return null;
  const name = titleOf(chat);
  const mine = me.value?.home;
  return (
    <>
      <div class={facts.person}>
        <Avatar id={person?.identity ?? chat.id} name={name} size="large" />
        <bdi>{name}</bdi>
      </div>
      <h3 class={facts.heading}>{t("detailsRests")}</h3>
      {mine !== undefined && <p class={facts.muted}>{t("detailsRestsYou", placeOf(mine))}</p>}
      <p class={facts.muted}>
        {person?.home === undefined
          ? t("detailsRestsUnknown", { name })
          : t("detailsRestsThem", { name, ...placeOf(person.home) })}
      </p>
      <h3 class={facts.heading}>{t("detailsRead")}</h3>
      <p class={facts.muted}>{t("detailsReadText", { name })}</p>
      {person !== undefined && (
        <>
          <div class={facts.actions}>
            <Button icon="shield" onClick={() => openSheet("safety", person.identity)}>
              {t("noteSafety")}
            </Button>
            <Button icon="timer" onClick={() => openSheet("timer")}>
              {t("decideTimer")}
            </Button>
            <Button icon="bell" onClick={() => openSheet("later")}>
              {t("decideLater")}
            </Button>
            <find.Component />
          </div>
          <h3 class={facts.heading}>{t("detailsIdentity", { name })}</h3>
          <code class={facts.code}>{grouped(person.identity)}</code>
          <p class={facts.muted}>{t("detailsIdentityText")}</p>
        </>
      )}
    </>
  );
}

export function DetailsSheet(): JSX.Element {
  return (
    <Sheet title={t("detailsTitle")}>
      <Facts />
    </Sheet>
  );
}

export function DetailsPane(): JSX.Element {
  return (
    <aside class={css.pane} aria-label={t("detailsTitle")}>
      <header class={css.header}>
        <h2>{t("detailsTitle")}</h2>
        <IconButton icon="close" label={t("close")} onClick={goBack} />
      </header>
      <div class={css.body}>
        <Facts />
      </div>
    </aside>
  );
}
