/* The six digits that two devices show: read out one by one, left to right in every language. */
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import css from "./devices.module.css";

export function Digits({ digits }: { readonly digits: string }): JSX.Element {
  return (
    <p
      class={css.digits}
      dir="ltr"
      role="group"
      aria-label={`${t("devicesDigits")}: ${digits.replaceAll(/(?<=\d)(?=\d)/gu, " ")}`}
    >
      <span aria-hidden="true">{`${digits.slice(0, 3)} ${digits.slice(3)}`}</span>
    </p>
  );
}
