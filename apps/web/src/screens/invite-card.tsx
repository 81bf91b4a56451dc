/*
 * "Invite someone": the link, and every way to hand it on, the offline ones too.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { saveAs } from "../state/save-as.ts";
import {
  askInvite,
  canShare,
  copyInvite,
  inviteFile,
  inviteLink,
  inviteProblem,
  shareInvite,
} from "../state/invite.ts";
import { Button } from "../ui/controls.tsx";
import { lazy } from "../ui/lazy.tsx";
import css from "./invite-card.module.css";

const qr = lazy(() => import("../ui/qr-panel.tsx").then((part) => part.QrPanel));

function save(link: string): void {
  const url = URL.createObjectURL(inviteFile(link));
  saveAs(url, "chapar-invite.txt");
  // The download has its own reference by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function InviteCard({ title, text }: { readonly title: string; readonly text: string }): JSX.Element {
  const showQr = useSignal(false);
  useEffect(() => void askInvite(), []);
  const link = inviteLink.value;
  const problem = inviteProblem.value;
  return (
    <div class={css.card}>
      <h3 class={css.title}>{title}</h3>
      <p class={css.text}>{text}</p>
      {problem !== undefined ? (
        <div class={css.problem} role="alert">
          <p>{t(problem.text)}</p>
          <Button icon="again" onClick={() => void askInvite()}>
            {t("tryAgain")}
          </Button>
        </div>
      ) : link === undefined ? (
        <p class={css.text}>{t("inviteMaking")}</p>
      ) : (
        <>
          <input
            class={css.link}
            readOnly
            dir="ltr"
            value={link}
            aria-label={t("inviteLink")}
            onFocus={(event) => event.currentTarget.select()}
          />
          <div class={css.actions}>
            {canShare && (
              <Button kind="primary" icon="share" onClick={() => void shareInvite(link)}>
                {t("inviteShare")}
              </Button>
            )}
            <Button kind={canShare ? "plain" : "primary"} icon="copy" onClick={() => void copyInvite(link)}>
              {t("inviteCopy")}
            </Button>
            <Button icon="qr" onClick={() => (showQr.value = !showQr.value)}>
              {showQr.value ? t("inviteQrHide") : t("inviteQr")}
            </Button>
            <Button icon="save" onClick={() => save(link)}>
              {t("inviteSave")}
            </Button>
          </div>
          {showQr.value && <qr.Component text={link} label={t("inviteQrLabel")} />}
        </>
      )}
    </div>
  );
}
