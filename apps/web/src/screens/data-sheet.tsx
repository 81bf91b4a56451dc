/*
 * Where the person's data rests (S6): which station, region and law, until when, who could read what, and what the station sees.
 * What was checked is said to be checked, and what nobody can prove is said as well.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { clockTime, fullDate } from "../format/dates.ts";
import { regionName } from "../format/region.ts";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import type { DataCategory, DataRowView, DataView, LeftView, SeenOfData } from "../state/client-types.ts";
import { engine, route } from "../state/engine.ts";
import { settings } from "../state/settings.ts";
import { Button } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { LeavePart, Left } from "./leave-part.tsx";
import { MovePart } from "./move-part.tsx";
import css from "./data-sheet.module.css";
import facts from "./facts.module.css";

const CATEGORIES: Readonly<Record<DataCategory, PlainKey>> = {
  messages: "dataMessages",
  media: "dataMedia",
  profile: "dataProfile",
  backup: "dataBackup",
  push: "dataPush",
  logs: "dataLogs",
};
const SEEN: Readonly<Record<SeenOfData, PlainKey>> = {
  sizes: "dataSeesSizes",
  times: "dataSeesTimes",
  keys: "dataSeesKeys",
  devices: "dataSeesDevices",
  counts: "dataSeesCounts",
  "push-address": "dataSeesPush",
};
const READ: Readonly<Record<DataRowView["readableBy"], PlainKey>> = {
  sealed: "dataReadSealed",
  own: "dataReadOwn",
  public: "dataReadPublic",
};
const NOON = "T12:00:00Z";

const day = (text: string): string => fullDate(settings.value, Date.parse(`${text}${NOON}`));
const regionOf = (region: string): string => regionName(settings.value.language, region);

function placeWords({ mode }: DataRowView, region: string): string | undefined {
  if (mode === undefined) return undefined;
  if (mode === "none") return t("dataModeNone");
  return t(mode === "copy" ? "dataModeCopy" : mode === "first-write" ? "dataModeFirst" : "dataModeOnly", { region });
}

function Row({ row, region }: { readonly row: DataRowView; readonly region: string }): JSX.Element {
  const { keepAtLeastDays = 0, keepAtMostDays, stationSees } = row;
  const parts = [
    placeWords(row, region),
    keepAtLeastDays > 0 ? t("dataAtLeast", { days: keepAtLeastDays }) : undefined,
    keepAtMostDays === undefined ? t("dataKept") : t("dataAtMost", { days: keepAtMostDays }),
  ];
  const what = stationSees.map((seen) => t(SEEN[seen])).join(t("listComma"));
  return (
    <li>
      <h3>{t(CATEGORIES[row.category])}</h3>
      <p>{parts.filter((part) => part !== undefined).join(t("listComma"))}</p>
      <p class={facts.muted}>{`${t(READ[row.readableBy])} ${t("dataSees", { what })}`}</p>
    </li>
  );
}

function save({ note, region }: { readonly note: string; readonly region: string }): void {
  const url = URL.createObjectURL(new Blob([note], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `policy-${region}.signed.txt`;
  link.click();
  URL.revokeObjectURL(url);
}

function Law({ view }: { readonly view: DataView }): JSX.Element {
  const { policy, fault, checkedAtMs } = view;
  const asked =
    checkedAtMs === undefined
      ? t("dataCheckedNever")
      : [fullDate, clockTime].map((say) => say(settings.value, checkedAtMs)).join(t("listComma"));
  return (
    <>
      {policy === undefined && (
        <p class={facts.muted}>{fault === undefined ? t("dataNoPolicy") : t("dataFault", { code: fault })}</p>
      )}
      <dl class={`${facts.facts} ${facts.stacked}`}>
        {policy !== undefined && (
          <>
            <div>
              <dt>{t("dataLaw")}</dt>
              <dd>
                <bdi>{policy.title}</bdi>
              </dd>
            </div>
            <div>
              <dt>{t("dataUntil")}</dt>
              <dd>{day(policy.until)}</dd>
            </div>
            {policy.compliance !== undefined && (
              <div>
                <dt>{t("dataCompliance")}</dt>
                <dd>{day(policy.compliance)}</dd>
              </div>
            )}
            <div>
              <dt>{t("dataLogged")}</dt>
              <dd>{t(policy.isInLog ? "dataLoggedYes" : "dataLoggedNo")}</dd>
            </div>
          </>
        )}
        <div>
          <dt>{t("dataChecked")}</dt>
          <dd>{asked}</dd>
        </div>
      </dl>
    </>
  );
}

export function DataSheet(): JSX.Element {
  const found = useSignal<DataView | undefined>(undefined);
  const isOpen = route.value.state === "open";
  const moves = useSignal(0);
  const left = useSignal<LeftView | undefined>(undefined);
  useEffect(() => {
    const gone = new AbortController();
    engine()
      .then((client) => client.data.rests({ signal: gone.signal }))
      .then(
        (view) => (found.value = view),
        () => {
          // Closed before it came: nobody reads it.
        },
      );
    return () => gone.abort();
  }, [isOpen, moves.value]);
  if (left.value !== undefined) return <Left left={left.value} />;
  const view = found.value;
  if (view === undefined) return <Sheet title={t("dataTitle")}>{null}</Sheet>;
  const region = regionOf(view.home.region);
  const { policy } = view;
  return (
    <Sheet title={t("dataTitle")}>
      <p>{t("dataHome", { station: plainName(view.home.name), region })}</p>
      <Law view={view} />
      <ul class={css.rows}>
        {view.rows.map((row) => (
          <Row key={row.category} row={row} region={region} />
        ))}
        <li>
          <h3>{t("dataContacts")}</h3>
          <p>{t("dataContactsText")}</p>
        </li>
      </ul>
      <p class={facts.muted}>{t("dataLimit")}</p>
      {policy !== undefined && (
        <div class={facts.actions}>
          <Button icon="save" onClick={() => save(policy)}>
            {t("dataSave")}
          </Button>
        </div>
      )}
      <MovePart onMoved={() => (moves.value += 1)} />
      <LeavePart onLeft={(gone) => (left.value = gone)} />
    </Sheet>
  );
}
