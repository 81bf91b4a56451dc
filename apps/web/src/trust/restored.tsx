/*
 * The mark of a message that a station withheld and a member gave back, and what it means.
 */
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { regionName } from "../format/region.ts";
import { t } from "../i18n/translate.ts";
import type { MessageView } from "../state/client-types.ts";
import { openSheet } from "../state/navigation.ts";
import { settings } from "../state/settings.ts";
import { Button } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import { Sheet } from "../ui/sheet.tsx";
import facts from "../screens/facts.module.css";
import css from "./restored.module.css";

/** @param removal  set when the station had removed it overtly: that stays told */
export function RestoredMark({ removal }: { readonly removal: MessageView["removal"] }): JSX.Element {
  const order = removal && {
    region: regionName(settings.value.language, removal.region),
    reference: plainName(removal.reference),
  };
  return (
    <button
      type="button"
      class={css.mark}
      title={order === undefined ? t("restoredTip") : t("lineRemoved", { count: 1, ...order })}
      onClick={() => openSheet("restored")}
    >
      <Icon name="again" size={14} />
      <span>{order === undefined ? t("restoredMark") : t("restoredOrder", order)}</span>
    </button>
  );
}

export function RestoredSheet(): JSX.Element {
  return (
    <Sheet title={t("restoredTitle")}>
      <p class={facts.muted}>{t("restoredText")}</p>
      <p class={facts.muted}>{t("restoredSame")}</p>
      <div class={facts.actions}>
        <Button icon="alert" onClick={() => openSheet("alerts")}>
          {t("alertAll")}
        </Button>
      </div>
    </Sheet>
  );
}
