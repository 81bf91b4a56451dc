/* Where one would write to a person who is blocked. */
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { Button } from "../ui/controls.tsx";
import { decide } from "./settings.ts";
import css from "./blocked-panel.module.css";

export function BlockedPanel({ identity, name }: { readonly identity: string; readonly name: string }): JSX.Element {
  return (
    <section class={css.panel} aria-label={t("decideBlocked")}>
      <p>{t("decideBlockedText", { name })}</p>
      <Button onClick={() => decide((chats) => chats.block(identity, false))}>{t("decideUnblock", { name })}</Button>
    </section>
  );
}
