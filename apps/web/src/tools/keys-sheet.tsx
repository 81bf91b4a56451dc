/* The keyboard: what the keys do, each to be changed by pressing others. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { Button } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { KEY_ACTIONS } from "./actions.ts";
import { ACTION_NAMES, chordOf, isUsable, keyMap, resetKeys, setKeys } from "./keymap.ts";
import type { ActionName } from "./keymap.ts";
import { tool } from "./tool.ts";
import css from "./tools.module.css";

function Row({ name }: { readonly name: ActionName }): JSX.Element {
  const isAsking = useSignal(false);
  const isBad = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const chord = keyMap.value[name];
  const label = t(KEY_ACTIONS[name].label);
  return (
    <li class={css.key}>
      <span class={css.words}>{label}</span>
      <button
        ref={button}
        type="button"
        class={css.change}
        aria-label={t("keysChange", { name: label, keys: chord })}
        onClick={() => (isAsking.value = true)}
        onBlur={() => {
          isAsking.value = false;
          isBad.value = false;
        }}
        onKeyDown={(event) => {
          if (!isAsking.value || event.key === "Tab") return;
          event.preventDefault();
          event.stopPropagation();
          if (event.key === "Escape") {
            isAsking.value = false;
            return;
          }
          const pressed = chordOf(event);
          if (pressed === undefined) return;
          isBad.value = !isUsable(pressed);
          if (isBad.value) return;
          setKeys(name, pressed);
          isAsking.value = false;
        }}
      >
        {isAsking.value ? <span>{t("keysPress")}</span> : <kbd dir="ltr">{chord}</kbd>}
      </button>
      {isBad.value && (
        <p class={css.problem} role="alert">
          {t("keysNeed")}
        </p>
      )}
    </li>
  );
}

export function KeysSheet(): JSX.Element {
  return (
    <Sheet title={t("keysTitle")} onClose={() => (tool.value = undefined)}>
      <p class={css.lead}>{t("keysText")}</p>
      <ul class={css.keys}>
        {ACTION_NAMES.map((name) => (
          <Row key={name} name={name} />
        ))}
      </ul>
      <Button onClick={resetKeys}>{t("keysReset")}</Button>
    </Sheet>
  );
}
