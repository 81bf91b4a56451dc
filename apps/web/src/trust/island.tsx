/* Stations that the home cannot reach, in the connection sheet: what goes on, and what waits. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { regionName } from "../format/region.ts";
import { t } from "../i18n/translate.ts";
import type { IslandView } from "../state/client-types.ts";
import { engine, onEngineEvent } from "../state/engine.ts";
import { settings } from "../state/settings.ts";
import facts from "../screens/facts.module.css";
import css from "./watch.module.css";
import { moment } from "./words.ts";

const held = signal<IslandView | undefined>(undefined);
const read = async (): Promise<void> => void (held.value = await (await engine()).data.island());

/** Nothing while everything that was tried answers. */
export function Island(): JSX.Element | null {
  useEffect(() => {
    void read();
    return onEngineEvent((event) => {
      if (event.type === "island" || event.type === "message") void read();
    });
  }, []);
  const view = held.value;
  if (view === undefined) return null;
  const { language } = settings.value;
  const names = view.stations.map(({ region }) => (region === "" ? t("watchCutFar") : regionName(language, region)));
  const regions = [...new Set(names)].join(t("listComma"));
  return (
    <section role="status" data-island="">
      <p class={css.checked} data-tone="attention" dir="auto">
        {t("watchCut", { regions, when: moment(view.sinceMs) })}
      </p>
      <p class={facts.muted}>{t("watchCutWaiting", { count: view.letters })}</p>
      {view.changes > 0 && <p class={facts.muted}>{t("watchCutChanges", { count: view.changes })}</p>}
    </section>
  );
}
