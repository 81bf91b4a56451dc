/*
 * The doctor in the connection's sheet: what this network does, in a sentence, one thing that can be done, and the code of eight words.
 * A browser sees how a dial went and no more, and says so; a wider look is asked for by a button of its own that says what it asks.
 */
import type { JSX } from "preact";
import type { LookView } from "@chapar/client/web";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { beginLook, look } from "../state/look.ts";
import { notify } from "../state/toasts.ts";
import { Button } from "../ui/controls.tsx";
import css from "./facts.module.css";

type Finding = LookView["findings"][number];

/** What a browser can find; everything else is said as unclear. */
const FINDING: Readonly<Partial<Record<Finding["name"], PlainKey>>> = {
  fine: "doctorFine",
  offline: "doctorOffline",
  "no-internet": "doctorNoInternet",
  "closed-border": "doctorClosedBorder",
  budget: "doctorBudget",
  throttled: "doctorThrottled",
  name: "doctorName",
  "station-down": "doctorStationDown",
  partly: "doctorPartly",
};
const ACTION: Readonly<Record<LookView["action"], PlainKey>> = {
  nothing: "doctorDoNothing",
  "goes-by-itself": "doctorDoByItself",
  wait: "doctorDoWait",
  "wait-a-minute": "doctorDoMinute",
  "turn-network-on": "doctorDoNetwork",
  "other-network": "doctorDoOther",
  "ask-for-a-way": "doctorDoAsk",
  // A browser is where one would be sent.
  "use-the-browser": "doctorDoAsk",
  "tell-the-keeper": "doctorDoKeeper",
  "look-wider": "doctorDoWider",
};

function sentence({ name, isSure }: Finding): string {
  const key = FINDING[name];
  if (key === undefined) return t("doctorUnclear");
  return isSure || name === "partly" ? t(key) : t("doctorMaybe", { text: t(key) });
}

async function copy(code: string): Promise<void> {
  await navigator.clipboard.writeText(code);
  notify("doctorCodeCopied");
}

function Found({ found }: { readonly found: LookView }): JSX.Element {
  return (
    <>
      {found.findings.map((finding) => (
        <p key={finding.name}>{sentence(finding)}</p>
      ))}
      <p class={css.muted}>{t(ACTION[found.action])}</p>
      <p class={css.muted}>
        {t("doctorCode")}
        <code class={css.code}>{found.code}</code>
        {t("doctorCodeText")}
      </p>
      <div class={css.actions}>
        <Button icon="copy" onClick={() => void copy(found.code)}>
          {t("connectionCopyCode")}
        </Button>
      </div>
    </>
  );
}

export function DoctorPart(): JSX.Element {
  const { isLooking, found, isWide } = look.value;
  const mayLookWider = found !== undefined && !isWide && found.action !== "nothing";
  return (
    <section aria-busy={isLooking}>
      <h3 class={css.heading}>{t("doctorTitle")}</h3>
      <div role="status">
        {isLooking ? (
          <p>{t("doctorLooking")}</p>
        ) : found === undefined ? (
          <p class={css.muted}>{t("doctorText")}</p>
        ) : (
          <Found found={found} />
        )}
      </div>
      {mayLookWider && !isLooking && <p class={css.muted}>{t("doctorWideText")}</p>}
      {!isLooking && (
        <div class={css.actions}>
          <Button icon="again" onClick={() => void beginLook(false)}>
            {t("doctorLook")}
          </Button>
          {mayLookWider && <Button onClick={() => void beginLook(true)}>{t("doctorWide")}</Button>}
        </div>
      )}
    </section>
  );
}
