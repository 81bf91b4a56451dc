/* Links that lead into a group: making one, handing it on, ending it, and those who wait to be let in. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { GroupView } from "../state/client-types.ts";
import { canShare, copyInvite, shareInvite } from "../state/invite.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/controls.tsx";
import { lazy } from "../ui/lazy.tsx";
import type { Act } from "./group-act.ts";
import css from "./groups.module.css";
import { LinkTerms, linkTermsText } from "./link-terms.tsx";

const qr = lazy(() => import("../ui/qr-panel.tsx").then((part) => part.QrPanel));

interface Props {
  readonly group: GroupView;
  readonly act: Act;
}

type Link = GroupView["links"][number];

function OpenLink({ group, link, act }: Props & { readonly link: Link }): JSX.Element {
  const showQr = useSignal(false);
  const { url } = link;
  return (
    <li class={css.link}>
      {url !== undefined && (
        <input
          class={css.address}
          readOnly
          dir="ltr"
          value={url}
          aria-label={t("groupLink")}
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
      <p class={css.muted}>
        {url === undefined ? `${t("groupLinkElsewhere")} · ${linkTermsText(link)}` : linkTermsText(link)}
      </p>
      <div class={css.actions}>
        {url !== undefined && (
          <>
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
          </>
        )}
        {group.rights.link && (
          <Button onClick={() => act((groups) => groups.revokeLink(group.conversation, link.id))}>
            {t("groupLinkRevoke")}
          </Button>
        )}
      </div>
      {showQr.value && url !== undefined && <qr.Component text={url} label={t("inviteQrLabel")} />}
    </li>
  );
}

function Request({ group, request, act }: Props & { readonly request: GroupView["requests"][number] }): JSX.Element {
  const { identity, name } = request;
  return (
    <li class={css.link}>
      <span class={css.person}>
        <Avatar id={identity} name={name} size="small" />
        <bdi class={css.name}>{plainName(name) || t("groupSomebody")}</bdi>
      </span>
      <div class={css.actions}>
        <Button kind="primary" onClick={() => act((groups) => groups.admit(group.conversation, identity))}>
          {t("groupAdmit")}
        </Button>
        <Button onClick={() => act((groups) => groups.refuse(group.conversation, identity))}>{t("groupRefuse")}</Button>
      </div>
    </li>
  );
}

export function GroupLinks({ group, act }: Props): JSX.Element {
  return (
    <section class={css.form} aria-label={t("groupLinks")}>
      <h3 class={css.title}>{t("groupLinks")}</h3>
      {group.requests.length > 0 && (
        <ul class={css.list} aria-label={t("groupRequests")}>
          {group.requests.map((request) => (
            <Request key={request.identity} group={group} request={request} act={act} />
          ))}
        </ul>
      )}
      {group.links.length > 0 && (
        <ul class={css.list}>
          {group.links.map((link) => (
            <OpenLink key={link.id} group={group} link={link} act={act} />
          ))}
        </ul>
      )}
      {group.rights.link && (
        <>
          <p class={css.muted}>{t("groupLinkText")}</p>
          <LinkTerms onMake={(terms) => act((groups) => groups.makeLink(group.conversation, terms))} />
        </>
      )}
    </section>
  );
}
