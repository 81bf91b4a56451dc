/* The high-risk profile in the settings (protocol/18-unlinkability.md): a choice, what it costs, and whether anybody hides the address. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { ShieldView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Choice } from "../ui/controls.tsx";
import css from "./watch.module.css";

export function ShieldPart(): JSX.Element | null {
  const shield = useSignal<ShieldView | undefined>(undefined);
  const ask = (choice?: boolean): void => {
    const asked = engine().then((client) => (choice === undefined ? client.ways.shield() : client.ways.shield(choice)));
    asked.then((view) => (shield.value = view)).catch((error: unknown) => notifyProblem(error));
  };
  useEffect(() => ask(), []);
  const view = shield.value;
  if (view === undefined) return null;
  return (
    <div class={css.shield}>
      <Choice
        label={t("watchShieldTitle")}
        value={view.on ? "on" : "off"}
        options={[
          { value: "off", label: t("watchShieldOff") },
          { value: "on", label: t("watchShieldOn") },
        ]}
        onChange={(value) => ask(value === "on")}
      />
      <p class={css.muted}>{t("watchShieldText")}</p>
      <p class={css.muted} role="status">
        {view.on && t("watchShieldRelays", { count: view.relays })}
      </p>
    </div>
  );
}
