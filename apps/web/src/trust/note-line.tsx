/*
 * A line that is no message: entries that could not be shown, what a station removed openly, a change of a person's keys.
 * Small and muted; what can be done stands under it as quiet buttons, and what it means is one press away.
 */
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { timerText } from "../chats/timer-words.ts";
import { plainName } from "../format/bidi.ts";
import { regionName } from "../format/region.ts";
import { t } from "../i18n/translate.ts";
import type { AlertCode, AlertView, MessageView, PersonChange } from "../state/client-types.ts";
import { engineNow } from "../state/engine.ts";
import { alerts, nameOf } from "../state/alerts.ts";
import { openSheet } from "../state/navigation.ts";
import { settings } from "../state/settings.ts";
import { notifyProblem } from "../state/toasts.ts";
import { saveProof } from "./proof-file.ts";
import { loadSafety, safetyOf } from "./safety.ts";
import css from "./note-line.module.css";

/** Lines that were answered "not now" or asked about since the app started. */
const answered = signal<ReadonlySet<string>>(new Set());
const answer = (id: string): void => void (answered.value = new Set([...answered.peek(), id]));

/** What a change says of a person by name. */
export function changeText({ what }: PersonChange, name: string): string {
  switch (what) {
    case "device-added":
      return t("lineDeviceAdded", { name });
    case "device-revoked":
      return t("lineDeviceRevoked", { name });
    case "home-moved":
      return t("lineHomeMoved", { name });
    case "keys-rotated":
      return t("lineKeysRotated", { name });
    case "left":
      return t("lineLeft", { name });
    case "op-overridden":
    default:
      return t("lineOpOverridden", { name });
  }
}

function ChangeLine({
  message,
  change,
}: {
  readonly message: MessageView;
  readonly change: PersonChange;
}): JSX.Element {
  const { identity } = change;
  const comparedAtMs = safetyOf(identity)?.comparedAtMs;
  useEffect(() => void loadSafety(identity), [identity]);
  const isSettled =
    answered.value.has(message.id) || (comparedAtMs !== undefined && comparedAtMs >= message.arrivedAtMs);
  return (
    <>
      <p>{changeText(change, nameOf(identity) ?? plainName(message.senderName))}</p>
      {!isSettled && (
        <span class={css.actions}>
          <button type="button" onClick={() => openSheet("safety", identity)}>
            {t("lineCompare")}
          </button>
          <button type="button" onClick={() => answer(message.id)}>
            {t("lineNotNow")}
          </button>
        </span>
      )}
    </>
  );
}

type Gap = NonNullable<MessageView["gap"]>;

/** What a line says, what it means, and whether the others may have what it stands for. */
interface GapWords {
  readonly says: string;
  readonly means: string;
  readonly askable: boolean;
}

function gapWords({ code, entries: count, removal }: Gap, sender: string): GapWords {
  if (removal !== undefined) {
    const region = regionName(settings.value.language, removal.region);
    const says = t("lineRemoved", { count, region, reference: plainName(removal.reference) });
    return { says, means: t("lineRemovedText"), askable: true };
  }
  const name = sender === "" ? t("chatNobody") : sender;
  switch (code) {
    case "client/withheld":
      return { says: t("lineWithheld", { count }), means: t("lineWithheldText"), askable: true };
    case "client/pruned":
      return { says: t("linePruned", { count }), means: t("linePrunedText"), askable: true };
    case "client/expired":
      return { says: t("lineExpired", { count }), means: t("lineExpiredText"), askable: true };
    case "client/removed":
      return { says: t("lineUnlogged", { count }), means: t("lineUnloggedText"), askable: true };
    case "client/missing-messages":
      return { says: t("lineMissing", { count, name }), means: t("lineMissingText", { name }), askable: true };
    case "client/disappeared":
      return { says: t("lineGone", { count }), means: t("lineGoneText"), askable: false };
    case "client/blocked":
      return { says: t("lineBlocked", { count, name }), means: t("lineBlockedText"), askable: false };
    case "client/not-shown":
      return { says: t("lineNotShown", { count }), means: t("lineNotShownText"), askable: false };
    case "client/came-late":
      return { says: t("lineLate", { name }), means: t("lineLateText", { name }), askable: false };
    default:
      // What no key here opens, the others may have opened.
      return { says: t("lineGap", { count }), means: t("lineGapText", { code }), askable: code.startsWith("e2e/") };
  }
}

/** The alert that is about what a line stands for, by the code of the line. */
const ALERTS_OF: Readonly<Record<string, readonly AlertCode[] | undefined>> = {
  "client/withheld": ["withheld", "no-answer"],
  "client/pruned": ["pruned-early"],
  "client/expired": ["expired-early"],
  "client/removed": ["removed-unlogged"],
};

function alertAbout(conversation: string, { code, removal }: Gap): AlertView | undefined {
  if (removal !== undefined) return undefined;
  const codes = ALERTS_OF[code] ?? [];
  const about = alerts.value?.filter((alert) => alert.conversation === conversation && codes.includes(alert.code));
  return about?.find(({ proof }) => proof !== undefined) ?? about?.[0];
}

function GapLine({ message, gap }: { readonly message: MessageView; readonly gap: Gap }): JSX.Element {
  const { conversation, id, senderName } = message;
  const { says, means, askable } = gapWords(gap, plainName(senderName));
  const alert = alertAbout(conversation, gap);
  const { removal } = gap;
  const ask = (): void => {
    engineNow()
      ?.askMembers(conversation)
      .then(() => answer(id))
      .catch((error: unknown) => notifyProblem(error, ask));
  };
  const isAsked = answered.value.has(id);
  const isOpen = useSignal(false);
  return (
    <>
      <p class={css.says}>{says}</p>
      {removal !== undefined && removal.reason !== "" && (
        <p>{t("lineRemovedReason", { reason: plainName(removal.reason, 200) })}</p>
      )}
      {isAsked && <p role="status">{t("lineAsked")}</p>}
      <span class={css.actions}>
        {askable && !isAsked && (
          <button type="button" onClick={ask}>
            {t("lineAsk")}
          </button>
        )}
        {alert?.proof !== undefined && (
          <button
            type="button"
            onClick={() => {
              saveProof(alert).catch((error: unknown) => notifyProblem(error));
            }}
          >
            {t("proofSave")}
          </button>
        )}
        {alert !== undefined && alert.proof === undefined && (
          <button type="button" onClick={() => openSheet("alert", alert.id)}>
            {t("alertSee")}
          </button>
        )}
        <button
          type="button"
          class={css.mean}
          aria-expanded={isOpen.value}
          aria-controls={isOpen.value ? `means-${id}` : undefined}
          onClick={() => (isOpen.value = !isOpen.value)}
        >
          {t("lineMean")}
        </button>
      </span>
      {isOpen.value && (
        <p id={`means-${id}`} class={css.means}>
          {means}
        </p>
      )}
    </>
  );
}

function timerLine({ mine, senderName }: MessageView, seconds: number): string {
  const name = mine ? t("lineTimerYou") : plainName(senderName) || t("chatNobody");
  return seconds === 0 ? t("lineTimerOff", { name }) : t("lineTimerSet", { name, after: timerText(seconds) });
}

export function NoteLine({ message }: { readonly message: MessageView }): JSX.Element | null {
  const { gap, personChange } = message;
  return (
    <div class={css.note} data-kind={gap === undefined ? "change" : gap.removal === undefined ? "gap" : "removed"}>
      {gap !== undefined && <GapLine message={message} gap={gap} />}
      {message.timerS !== undefined && <p>{timerLine(message, message.timerS)}</p>}
      {personChange !== undefined && <ChangeLine message={message} change={personChange} />}
    </div>
  );
}
