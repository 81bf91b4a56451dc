/*
 * A .proof file that somebody gave: chosen or dropped, checked on this device, and told in a sentence.
 */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { alerts } from "../state/alerts.ts";
import { chats } from "../state/chats.ts";
import type { IncidentView, StationView } from "../state/client-types.ts";
import { engine, me } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button, FilePicker } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import facts from "../screens/facts.module.css";
import css from "./proof-opener.module.css";
import { proofWords } from "./proof-words.ts";
import type { ProofVerdict } from "./verify-proof.ts";
import { moment, placeOf } from "./words.ts";

/** No proof is larger (E-32); what is larger is not read. */
const LARGEST_BYTES = 4096;

type Refusal = "false" | "large" | "newer";
/** What the station's own record says of it: it explains it, it does not, or it could not be asked. */
type Said = "explains" | "silent" | "unasked";
type Judged = ProofVerdict & { readonly said: Said };
type Outcome = "checking" | Refusal | Judged;

const RECORDS: Readonly<{ [K in Said]: PlainKey }> = {
  explains: "proofExcused",
  silent: "proofNotExcused",
  unasked: "proofMayBeExcused",
};

const REFUSALS: Readonly<Record<Refusal, PlainKey>> = {
  false: "proofFalse",
  large: "proofLarge",
  newer: "proofNewer",
};

/** A station this device has met, by its key. */
function known(key: string): StationView | undefined {
  return [
    me.value?.home,
    ...(chats.value ?? []).flatMap(({ people }) => people.map(({ home }) => home)),
    ...(alerts.value ?? []).map(({ station }) => station),
  ].find((station) => station?.key === key);
}

/** What a station says it was through; undefined when it cannot be asked, which takes nothing from the proof. */
async function incidentsOf(stationKey: string): Promise<readonly IncidentView[] | undefined> {
  return (await engine()).incidents(stationKey).catch(() => undefined);
}

function Proven({ verdict }: { readonly verdict: Judged }): JSX.Element {
  const { shape, fault, stationKey, sinceMs, untilMs, excusable, said } = verdict;
  const station = known(stationKey);
  const isWord = shape === "unanswered";
  const isExplained = excusable && said === "explains";
  const says = isExplained ? "proofExplained" : isWord ? "proofWord" : "proofTrue";
  return (
    <>
      <p class={css.verdict} data-tone={isWord || isExplained ? "word" : "true"}>
        <Icon name="shield" />
        <span>{t(says)}</span>
      </p>
      <p>{t(proofWords(shape, fault))}</p>
      {sinceMs !== undefined && (
        <p>
          {untilMs === undefined || untilMs === sinceMs
            ? t("proofTime", { from: moment(sinceMs) })
            : t("proofTimes", { from: moment(sinceMs), to: moment(untilMs) })}
        </p>
      )}
      {excusable && <p class={css.excuse}>{t(RECORDS[said])}</p>}
      <p>
        {station === undefined
          ? t("proofUnknown")
          : `${t("proofKnown", { station: placeOf(station).station })} ${t("proofKey")}`}
      </p>
      <code class={facts.code}>{stationKey}</code>
    </>
  );
}

function Refused({ why }: { readonly why: Refusal }): JSX.Element {
  return (
    <p class={css.verdict} data-tone="false">
      <Icon name="close" />
      <span>{t(REFUSALS[why])}</span>
    </p>
  );
}

export function ProofOpener(): JSX.Element {
  const outcome = useSignal<Outcome | undefined>(undefined);
  const isOver = useSignal(false);
  const open = async (file: File): Promise<void> => {
    if (file.size > LARGEST_BYTES) {
      outcome.value = "large";
      return;
    }
    outcome.value = "checking";
    try {
      const { isExplained, verifyProof } = await import("./verify-proof.ts");
      const checked = await verifyProof(new Uint8Array(await file.arrayBuffer()));
      if (typeof checked === "string") {
        outcome.value = checked;
        return;
      }
      const told = checked.excusable ? await incidentsOf(checked.stationKey) : undefined;
      const said = told === undefined ? "unasked" : isExplained(checked, told) ? "explains" : "silent";
      outcome.value = { ...checked, said };
    } catch (error) {
      outcome.value = undefined;
      notifyProblem(error, () => void open(file));
    }
  };
  const now = outcome.value;
  return (
    <section
      class={css.opener}
      data-over={isOver.value}
      aria-label={t("proofOpenTitle")}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes("Files") !== true) return;
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => (isOver.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        isOver.value = false;
        const file = event.dataTransfer?.files[0];
        if (file !== undefined) void open(file);
      }}
    >
      <h3 class={css.title}>{t("proofOpenTitle")}</h3>
      {now === undefined && <p class={css.text}>{t("proofOpenText", { kind: ".proof" })}</p>}
      <div class={css.outcome} role="status">
        {now === "checking" && <p>{t("proofChecking")}</p>}
        {(now === "false" || now === "large" || now === "newer") && <Refused why={now} />}
        {typeof now === "object" && <Proven verdict={now} />}
      </div>
      <div>
        {typeof now === "object" ? (
          <Button onClick={() => (outcome.value = undefined)}>{t("proofAgain")}</Button>
        ) : (
          <FilePicker
            icon="file"
            label={t("proofOpen")}
            accept=".proof,application/octet-stream"
            onFile={(file) => void open(file)}
          />
        )}
      </div>
    </section>
  );
}
