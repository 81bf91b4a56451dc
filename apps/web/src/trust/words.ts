/*
 * What is said of an alert: a title, one sentence that names who did what, two or three that explain it, and whose doing
 * it is. A code that is about keys never blames a station, and the other way round; what is nobody's doing says so.
 */
import { plainName } from "../format/bidi.ts";
import { clockTime, dayAndMonth, fullDate, localDay } from "../format/dates.ts";
import { regionName } from "../format/region.ts";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { nameOf } from "../state/alerts.ts";
import type { AlertCode, AlertView, StationView } from "../state/client-types.ts";
import { nowMs } from "../state/now.ts";
import { settings } from "../state/settings.ts";

interface Subject {
  readonly station: string;
  readonly region: string;
  /** undefined: the person's own account */
  readonly name: string | undefined;
  readonly count: number;
}

/** Whose doing it is. */
export type Blame = "station" | "witness" | "nobody" | "keys";

interface Words {
  readonly title: PlainKey;
  readonly say: (about: Subject) => string;
  readonly text: (name: string | undefined) => string;
  readonly by: Blame;
}

type StationCode = Exclude<AlertCode, "withheld" | "hidden-op" | "foreign-op" | "chain-forked">;
type Suffix =
  | "Altered"
  | "Forked"
  | "RolledBack"
  | "Hidden"
  | "Backdated"
  | "ExpiredEarly"
  | "PrunedEarly"
  | "Duplicated"
  | "RemovedUnlogged"
  | "LogForked"
  | "LogStale"
  | "WitnessLost"
  | "OtherBoard"
  | "Restored"
  | "NoAnswer";

const ofStation = (suffix: Suffix, by: Blame = "station"): Words => ({
  title: `alertTitle${suffix}`,
  say: ({ station, region }) => t(`alertSay${suffix}`, { station, region }),
  text: () => t(`alertText${suffix}`),
  by,
});

const STATION_CODES: Readonly<Record<StationCode, Words>> = {
  altered: ofStation("Altered"),
  forked: ofStation("Forked"),
  "rolled-back": ofStation("RolledBack"),
  hidden: ofStation("Hidden"),
  backdated: ofStation("Backdated"),
  "expired-early": ofStation("ExpiredEarly"),
  "pruned-early": ofStation("PrunedEarly"),
  duplicated: ofStation("Duplicated"),
  "removed-unlogged": ofStation("RemovedUnlogged"),
  "log-forked": ofStation("LogForked"),
  "log-stale": ofStation("LogStale", "nobody"),
  "witness-lost": ofStation("WitnessLost", "nobody"),
  "other-board": ofStation("OtherBoard", "nobody"),
  restored: ofStation("Restored", "nobody"),
  "no-answer": ofStation("NoAnswer", "witness"),
};

const WORDS: Readonly<Record<AlertCode, Words>> = {
  ...STATION_CODES,
  withheld: {
    title: "alertTitleWithheld",
    say: ({ station, region, count }) => t("alertSayWithheld", { station, region, count }),
    text: () => t("alertTextWithheld"),
    by: "station",
  },
  "hidden-op": {
    title: "alertTitleHiddenOp",
    say: ({ station, region, name }) =>
      name === undefined
        ? t("alertSayHiddenOpOwn", { station, region })
        : t("alertSayHiddenOp", { station, region, name }),
    text: () => t("alertTextHiddenOp"),
    by: "station",
  },
  "foreign-op": {
    title: "alertTitleForeignOp",
    say: ({ station, region, name }) =>
      name === undefined
        ? t("alertSayForeignOpOwn", { station, region })
        : t("alertSayForeignOp", { station, region, name }),
    text: () => t("alertTextForeignOp"),
    by: "station",
  },
  "chain-forked": {
    title: "alertTitleChainForked",
    say: ({ name }) => (name === undefined ? t("alertSayChainForkedOwn") : t("alertSayChainForked", { name })),
    text: (name) => (name === undefined ? t("alertTextChainForkedOwn") : t("alertTextChainForked", { name })),
    by: "keys",
  },
};

const BLAME: Readonly<Record<Blame, PlainKey>> = {
  station: "alertByStation",
  witness: "alertByWitness",
  nobody: "alertByNobody",
  keys: "alertByKeys",
};

const STATES: Readonly<Record<AlertView["state"], PlainKey>> = {
  asking: "alertStateAsking",
  open: "alertStateOpen",
  restored: "alertStateRestored",
};

/** A station's name and region as they may stand in a sentence. */
export function placeOf(station: StationView): { readonly station: string; readonly region: string } {
  const name = plainName(station.name);
  return {
    station: name === "" ? t("alertNoStation") : name,
    region: station.region === "" ? t("alertNoRegion") : regionName(settings.value.language, station.region),
  };
}

/** A moment in the reader's calendar: the time today, else day and time. */
export function moment(atMs: number): string {
  const style = settings.value;
  const time = clockTime(style, atMs);
  const now = nowMs.value;
  if (localDay(atMs) === localDay(now)) return t("alertClock", { time });
  const isThisYear = Math.abs(now - atMs) < 300 * 86_400_000;
  return t("alertWhen", { day: isThisYear ? dayAndMonth(style, atMs) : fullDate(style, atMs), time });
}

/** A few words that name the kind. */
export function titleOf({ code }: AlertView): string {
  return t(WORDS[code].title);
}

/** One sentence: who, what. */
export function sayingOf(alert: AlertView): string {
  return WORDS[alert.code].say({
    ...placeOf(alert.station),
    name: nameOf(alert.person),
    count: alert.missing,
  });
}

/** Since when it can be shown to be so, as a sentence of its own; empty when unknown. */
export function sinceOf({ sinceMs }: AlertView): string {
  return sinceMs === undefined ? "" : t("alertSince", { when: moment(sinceMs) });
}

/** What happened, in two or three sentences. */
export function explanationOf(alert: AlertView): string {
  return WORDS[alert.code].text(nameOf(alert.person));
}

/** Whose doing it is. */
export function blameOf({ code }: AlertView): Blame {
  return WORDS[code].by;
}

/** Whose doing it is, as a sentence. */
export function blameText(alert: AlertView): string {
  return t(BLAME[blameOf(alert)]);
}

/** Where it stands: the word, and how many messages came back where some were missing; nothing where nobody is accused. */
export function stateOf(alert: AlertView): readonly string[] {
  const back = cameBack(alert);
  if (alert.state === "restored" && back !== undefined) return [back];
  const isSettled = alert.state === "open" && blameOf(alert) === "nobody";
  return [...(isSettled ? [] : [t(STATES[alert.state])]), ...(back === undefined ? [] : [back])];
}

/** "7 of 7 messages came back"; undefined when none was missing. */
export function cameBack({ missing, restored }: AlertView): string | undefined {
  return missing === 0 ? undefined : t("alertBack", { missing, restored });
}
