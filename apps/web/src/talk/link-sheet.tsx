/* Before a link opens whose host may be taken for another: where it leads, and why that deserves a second look. */
import type { JSX } from "preact";
import { plainText } from "../format/bidi.ts";
import { doubtOf, type HostDoubt } from "@chapar/client/hosts";
import { t, type PlainKey } from "../i18n/translate.ts";
import { goBack, place } from "../state/navigation.ts";
import { Button } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./link.module.css";

const WHY: Readonly<Record<HostDoubt, PlainKey>> = {
  user: "talkLinkUser",
  mixed: "talkLinkMixed",
  "look-alike": "talkLinkLooks",
  script: "talkLinkScript",
};

export function LinkSheet(): JSX.Element {
  const written = place.value.item ?? "";
  const found = doubtOf(written);
  const address = URL.canParse(written) ? new URL(written) : undefined;
  const isWeb = address?.protocol === "https:" || address?.protocol === "http:";
  return (
    <Sheet title={t("talkLinkTitle")}>
      <dl class={css.facts}>
        <dt>{t("talkLinkWritten")}</dt>
        <dd>
          <bdi dir="ltr">{plainText(written)}</bdi>
        </dd>
        <dt>{t("talkLinkLeads")}</dt>
        <dd>
          <bdi dir="ltr">{found?.host ?? address?.hostname ?? ""}</bdi>
        </dd>
      </dl>
      {found !== undefined && (
        <p class={css.why} data-doubt={found.doubt}>
          {t(WHY[found.doubt])}
        </p>
      )}
      <div class={css.choices}>
        <Button kind="primary" onClick={goBack}>
          {t("talkLinkNot")}
        </Button>
        {isWeb && (
          <a class={css.open} href={address.href} target="_blank" rel="noopener noreferrer" onClick={goBack}>
            {t("talkLinkOpen")}
          </a>
        )}
      </div>
    </Sheet>
  );
}
