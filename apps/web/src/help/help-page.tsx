/*
 * `/help`: the same without an account. The station that is helped is the one whose page this is, and its list is believed as its
 * page is.
 */
import { render } from "preact";
import type { JSX } from "preact";
import { loadLateWords, loadWords, t } from "../i18n/translate.ts";
import { followFont } from "../state/font.ts";
import { HelpPanel } from "./help-panel.tsx";
import css from "./help.module.css";

function HelpPage(): JSX.Element {
  const url = location.href.replace(/\/help[^/]*$/u, "");
  return (
    <main class={css.page}>
      <h1 class="visually-hidden">{t("appName")}</h1>
      <h2 class={css.title}>{t("settingsHelp")}</h2>
      <HelpPanel station={{ key: undefined, urls: [url] }} />
    </main>
  );
}

/** Puts the page in place of the landing. */
export async function mountHelp(parent: HTMLElement): Promise<void> {
  await Promise.all([loadLateWords(), loadWords("help")]);
  document.getElementById("landing")?.remove();
  document.title = `${t("settingsHelp")} · ${t("appName")}`;
  render(<HelpPage />, parent);
  followFont();
  document.documentElement.dataset["app"] = "";
}
