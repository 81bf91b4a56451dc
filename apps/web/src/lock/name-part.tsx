/* The name and icon that the app is installed under. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { Choice } from "../ui/controls.tsx";
import { chooseName, shownName } from "./shown-name.ts";
import type { ShownName } from "./shown-name.ts";
import css from "./lock.module.css";

export function NamePart(): JSX.Element {
  const name = useSignal<ShownName>(shownName());
  return (
    <div class={css.part}>
      <Choice
        label={t("lockName")}
        value={name.value}
        options={[
          { value: "own", label: t("lockNameOwn") },
          { value: "notes", label: t("lockNameNotes") },
          { value: "clock", label: t("lockNameClock") },
        ]}
        onChange={(chosen) => {
          chooseName(chosen);
          name.value = chosen;
        }}
      />
      <p class={css.text}>{t("lockNameText")}</p>
    </div>
  );
}
