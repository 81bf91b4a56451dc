/*
 * S7: helping others with this page, and what a page can and cannot do for the open internet.
 */
import type { JSX } from "preact";
import { formatNumber, t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import facts from "../screens/facts.module.css";
import { Choice } from "../ui/controls.tsx";
import { sizeText } from "../ui/route-line.tsx";
import {
  changeLimits,
  helpRecord,
  helpView,
  startHelping,
  stopHelping,
  type HelpedStation,
  type HelpView,
} from "./helper.ts";
import css from "./help.module.css";
import { HOURS, type HoursName, MEGABYTES, RATES } from "./limits.ts";

const NO_LIMIT = "none";
const WORD: Readonly<Record<Exclude<HelpView["mood"], "ready">, PlainKey>> = {
  off: "helpOff",
  seeking: "helpSeeking",
  resting: "helpResting",
  forged: "helpForged",
  cannot: "helpCannot",
};

function stateText({ mood, people }: HelpView): string {
  if (mood !== "ready") return t(WORD[mood]);
  return people === 0 ? t("helpReady") : t("helpPeople", { count: people });
}

const numbered = (values: readonly number[], words: (value: string) => string): { value: string; label: string }[] => [
  ...values.map((each) => ({ value: String(each), label: words(formatNumber(each)) })),
  { value: NO_LIMIT, label: t("helpNoLimit") },
];
const chosen = (value: string): number | undefined => (value === NO_LIMIT ? undefined : Number(value));

function Limits(): JSX.Element {
  const { megabits, megabytes, hours } = helpRecord.value;
  const hourOptions = (Object.keys(HOURS) as HoursName[]).map((name) => {
    const [from, until] = HOURS[name] ?? [];
    const span =
      from === undefined || until === undefined ? undefined : { from: formatNumber(from), until: formatNumber(until) };
    return { value: name, label: span === undefined ? t("helpHoursAlways") : t("helpHoursSpan", span) };
  });
  return (
    <div class={css.parts}>
      <Choice
        label={t("helpRate")}
        value={String(megabits ?? NO_LIMIT)}
        options={numbered(RATES, (value) => t("helpRateValue", { value }))}
        onChange={(value) => changeLimits({ megabits: chosen(value) })}
      />
      <Choice
        label={t("helpBytes")}
        value={String(megabytes ?? NO_LIMIT)}
        options={numbered(MEGABYTES, (value) => t("helpBytesValue", { value }))}
        onChange={(value) => changeLimits({ megabytes: chosen(value) })}
      />
      <Choice
        label={t("helpHours")}
        value={hours}
        options={hourOptions}
        onChange={(value) => changeLimits({ hours: value })}
      />
    </div>
  );
}

export function HelpPanel({ station }: { readonly station: HelpedStation | undefined }): JSX.Element {
  const view = helpView.value;
  const isOn = view.mood !== "off" && view.mood !== "cannot";
  const toggle = (): void => {
    if (isOn) stopHelping();
    else if (station !== undefined) startHelping(station);
  };
  return (
    <>
      <p class={css.lead}>{t("helpLead")}</p>
      <label class={css.switch}>
        <span>{t("helpSwitch")}</span>
        <input type="checkbox" role="switch" checked={isOn} onChange={toggle} />
      </label>
      <p class={facts.word} role="status" data-mood={view.mood}>
        {stateText(view)}
      </p>
      <dl class={facts.facts}>
        <div>
          <dt>{t("helpToday")}</dt>
          <dd>{t("helpTodayPeople", { count: view.todayPeople })}</dd>
        </div>
        <div>
          <dt>{t("helpCarried")}</dt>
          <dd>{sizeText(view.todayBytes)}</dd>
        </div>
        {isOn && (
          <div>
            <dt>{t("helpSpare")}</dt>
            <dd>{formatNumber(view.spare)}</dd>
          </div>
        )}
      </dl>
      <h3 class={facts.heading}>{t("helpLimits")}</h3>
      <Limits />
      <h3 class={facts.heading}>{t("helpRisk")}</h3>
      <p class={facts.muted}>{t("helpRiskAddress")}</p>
      <p class={facts.muted}>{t("helpRiskLog")}</p>
      <p class={facts.muted}>{t("helpRiskLaw")}</p>
      <h3 class={facts.heading}>{t("helpUse")}</h3>
      <p>{t("helpUseState")}</p>
      <p class={facts.muted}>{t("helpUseText")}</p>
      <code class={css.command}>./chapar tunnel</code>
      <p class={facts.muted}>{t("helpUseHides")}</p>
    </>
  );
}
