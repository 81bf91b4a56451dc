/* Links that lead into a channel: making one, handing it on, ending it. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { LinkTerms, linkTermsText } from "../groups/link-terms.tsx";
import groupCss from "../groups/groups.module.css";
import { t } from "../i18n/translate.ts";
import type { ChannelLinkView, ChannelView } from "../state/client-types.ts";
import { canShare, copyInvite, shareInvite } from "../state/invite.ts";
import { Button } from "../ui/controls.tsx";
import { lazy } from "../ui/lazy.tsx";
import type { ChannelAct } from "./use-channel.ts";

const qr = lazy(() => import("../ui/qr-panel.tsx").then((part) => part.QrPanel));
const FOR_ALL = { approval: false, expiresMs: 0, limit: 0 };

interface Props {
  readonly channel: ChannelView;
  readonly act: ChannelAct;
}

function OpenLink({ channel, link, act }: Props & { readonly link: ChannelLinkView }): JSX.Element {
  const showQr = useSignal(false);
  const { url } = link;
  return (
    <li class={groupCss.link}>
      <input
        class={groupCss.address}
        readOnly
        dir="ltr"
        value={url}
        aria-label={t("channelLink")}
        onFocus={(event) => event.currentTarget.select()}
      />
      {!channel.open && <p class={groupCss.muted}>{linkTermsText(link)}</p>}
      <div class={groupCss.actions}>
        {canShare && (
          <Button icon="share" onClick={() => void shareInvite(url)}>
            {t("inviteShare")}
          </Button>
        )}
        <Button icon="copy" onClick={() => void copyInvite(url)}>
          {t("inviteCopy")}
        </Button>
        <Button icon="qr" onClick={() => (showQr.value = !showQr.value)}>
          {showQr.value ? t("inviteQrHide") : t("inviteQr")}
        </Button>
        {!channel.open && (
          <Button onClick={() => act((channels) => channels.revokeLink(channel.conversation, link.id))}>
            {t("groupLinkRevoke")}
          </Button>
        )}
      </div>
      {showQr.value && <qr.Component text={url} label={t("inviteQrLabel")} />}
    </li>
  );
}

export function ChannelLinks({ channel, act }: Props): JSX.Element {
  const links = channel.links.filter(({ ended }) => !ended);
  return (
    <section class={groupCss.form} aria-label={t("channelLinks")}>
      <h3 class={groupCss.title}>{t("channelLinks")}</h3>
      <p class={groupCss.muted}>{t(channel.open ? "channelOpenLinkText" : "channelLinkText")}</p>
      {links.length > 0 && (
        <ul class={groupCss.list}>
          {links.map((link) => (
            <OpenLink key={link.id} channel={channel} link={link} act={act} />
          ))}
        </ul>
      )}
      {channel.open && links.length === 0 && (
        <Button icon="plus" onClick={() => act((channels) => channels.makeLink(channel.conversation, FOR_ALL))}>
          {t("groupLinkMake")}
        </Button>
      )}
      {!channel.open && (
        <LinkTerms onMake={(terms) => act((channels) => channels.makeLink(channel.conversation, terms))} />
      )}
    </section>
  );
}
