/* What narrows a search beside its words: who wrote it, when, and what it carries. Each is a list of the platform's own, so that any finger and reader knows it. */
import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { chats } from "../state/chats.ts";
import type { SearchQuery } from "../state/client-types.ts";
import { me } from "../state/engine.ts";
import { nowMs } from "../state/now.ts";
import css from "./tools.module.css";

/** What a query has beside its words. */
export type Narrowed = Pick<SearchQuery, "from" | "sinceMs" | "untilMs" | "media">;

const ONE_DAY_MS = 86_400_000;
const SPANS: readonly (readonly [string, PlainKey, number])[] = [
  ["week", "findWeek", 7],
  ["month", "findMonth", 30],
  ["year", "findYear", 365],
];
const KINDS: readonly (readonly [NonNullable<SearchQuery["media"]>, PlainKey])[] = [
  ["photo", "findPhotos"],
  ["video", "findVideos"],
  ["voice", "findVoices"],
  ["file", "findFiles"],
  ["link", "findLinks"],
];

/** The first moment of a day as it is written in a field of days; undefined for none. */
function startOf(day: string, laterDays = 0): number | undefined {
  const [year, month, date] = day.split("-").map(Number);
  if (year === undefined || month === undefined || date === undefined || Number.isNaN(year)) return undefined;
  return new Date(year, month - 1, date + laterDays).getTime();
}

function people(): readonly (readonly [string, string])[] {
  const found = new Map<string, string>();
  for (const chat of chats.value ?? [])
    for (const { identity, name } of chat.people) {
      const shown = plainName(name);
      if (shown !== "") found.set(identity, shown);
    }
  return [...found].sort(([, a], [, b]) => a.localeCompare(b));
}

function List(props: {
  readonly label: string;
  readonly any: string;
  readonly options: readonly (readonly [string, string])[];
  readonly value: Signal<string>;
}): JSX.Element {
  const id = useId();
  return (
    <>
      <label class="visually-hidden" for={id}>
        {props.label}
      </label>
      <select
        id={id}
        class={css.choose}
        data-set={props.value.value !== ""}
        value={props.value.value}
        onChange={(event) => (props.value.value = event.currentTarget.value)}
      >
        <option value="">{props.any}</option>
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </>
  );
}

function Day({ label, value }: { readonly label: string; readonly value: Signal<string> }): JSX.Element {
  return (
    <label class={css.day}>
      <span>{label}</span>
      <input type="date" value={value.value} onChange={(event) => (value.value = event.currentTarget.value)} />
    </label>
  );
}

/** The lists, which say what they narrow as soon as it is chosen. */
export function FindFilters({ onChange }: { readonly onChange: (narrowed: Narrowed) => void }): JSX.Element {
  const [from, when, what, since, until] = [useSignal(""), useSignal(""), useSignal(""), useSignal(""), useSignal("")];
  const tell = (): void => {
    const isDays = when.value === "days";
    const span = SPANS.find(([name]) => name === when.value);
    const sinceMs = isDays ? startOf(since.value) : span && nowMs.peek() - span[2] * ONE_DAY_MS;
    const untilMs = isDays ? startOf(until.value, 1) : undefined;
    const media = KINDS.find(([kind]) => kind === what.value)?.[0];
    onChange({
      ...(from.value !== "" && { from: from.value }),
      ...(sinceMs !== undefined && { sinceMs }),
      ...(untilMs !== undefined && { untilMs }),
      ...(media !== undefined && { media }),
    });
  };
  const own = me.value?.identity;
  const mine: readonly (readonly [string, string])[] = own === undefined ? [] : [[own, t("findMine")]];
  return (
    <div class={css.filters} role="group" aria-label={t("findNarrow")} onChange={tell}>
      <List label={t("findFrom")} any={t("findAnyone")} options={[...mine, ...people()]} value={from} />
      <List
        label={t("findWhen")}
        any={t("findAnyTime")}
        options={[...SPANS.map(([value, key]) => [value, t(key)] as const), ["days", t("findDays")]]}
        value={when}
      />
      <List
        label={t("findWhat")}
        any={t("findAnything")}
        options={KINDS.map(([value, key]) => [value, t(key)] as const)}
        value={what}
      />
      {when.value === "days" && (
        <>
          <Day label={t("findSince")} value={since} />
          <Day label={t("findUntil")} value={until} />
        </>
      )}
    </div>
  );
}
