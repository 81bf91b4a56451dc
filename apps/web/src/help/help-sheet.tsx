/* S7 over the app: the station that is helped is the own home. */
import type { JSX } from "preact";
import { fromBase32 } from "@chapar/wire/bytes";
import { t } from "../i18n/translate.ts";
import { me } from "../state/engine.ts";
import { Sheet } from "../ui/sheet.tsx";
import { HelpPanel } from "./help-panel.tsx";

export function HelpSheet(): JSX.Element {
  const home = me.value?.home;
  const key = home === undefined ? undefined : fromBase32(home.key);
  return (
    <Sheet title={t("helpTitle")}>
      <HelpPanel station={home === undefined || key === undefined ? undefined : { key, urls: home.urls }} />
    </Sheet>
  );
}
