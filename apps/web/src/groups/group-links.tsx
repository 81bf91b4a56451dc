/* Links that lead into a group: making one, handing it on, ending it, and those who wait to be let in. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { fullDate } from "../format/dates.ts";
import { t } from "../i18n/translate.ts";
import type { GroupLinkTerms, GroupView } from "../state/client-types.ts";
import { canShare, copyInvite, shareInvite } from "../state/invite.ts";
import { settings } from "../state/settings.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, Choice } from "../ui/controls.tsx";
import { lazy } from "../ui/lazy.tsx";
import type { Act } from "./group-act.ts";
import css from "./groups.module.css";

const qr = lazy(() => import("../ui/qr-panel.tsx").then((part) => part.QrPanel));

const DAY_MS = 86_400_000;
const DAYS = { day: 1, week: 7, never: 0 } as const;
const USES = { one: 1, ten: 10, any: 0 } as const;

interface Props {
  readonly group: GroupView;
  readonly act: Act;
}

/** What a new link is to let in. */
function Making({ group, act }: Props): JSX.Element {
  const isOpen = useSignal(false);
  const days = useSignal<keyof typeof DAYS>("week");
  const uses = useSignal<keyof typeof USES>("any");
  const approval = useSignal(true);
  if (!isOpen.value) {
    return (
      <Button icon="plus" onClick={() => (isOpen.value = true)}>
        {t("groupLinkMake")}
      </Button>
    );
  }
  const make = (): void => {
    const length = DAYS[days.peek()];
    const terms: GroupLinkTerms = {
      expiresMs: length === 0 ? 0 : Date.now() + length * DAY_MS,
      limit: USES[uses.peek()],
      approval: approval.peek(),
    };
    isOpen.value = false;
    act((groups) => groups.makeLink(group.conversation, terms));
  };
  return (
    <div class={css.form}>
      <Choice
        label={t("groupLinkUntil")}
        value={days.value}
        options={[
          { value: "day", label: t("groupLinkDay") },
          { value: "week", label: t("groupLinkWeek") },
          { value: "never", label: t("groupLinkNever") },
        ]}
        onChange={(next) => (days.value = next)}
      />
      <Choice
        label={t("groupLinkFor")}
        value={uses.value}
        options={[
          { value: "one", label: t("groupLinkPeople", { count: 1 }) },
          { value: "ten", label: t("groupLinkPeople", { count: 10 }) },
          { value: "any", label: t("groupLinkAnybody") },
        ]}
        onChange={(next) => (uses.value = next)}
      />
      <label class={css.pick}>
        <input
          type="checkbox"
          checked={approval.value}
          onChange={(event) => (approval.value = event.currentTarget.checked)}
        />
        <span>{t("groupLinkApproval")}</span>
      </label>
      <Button kind="primary" onClick={make}>
        {t("groupLinkMake")}
      </Button>
    </div>
  );
}

type Link = GroupView["links"][number];

function terms({ expiresMs, limit, used, approval }: Link): string {
  return [
    limit === 0 ? t("groupLinkCame", { count: used }) : t("groupLinkCameOf", { count: used, limit }),
    expiresMs === 0 ? t("groupLinkNever") : t("groupLinkUntilTime", { time: fullDate(settings.value, expiresMs) }),
    ...(approval ? [t("groupLinkApproved")] : []),
  ].join(" · ");
}

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
      <p class={css.muted}>{url === undefined ? `${t("groupLinkElsewhere")} · ${terms(link)}` : terms(link)}</p>
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
          <Making group={group} act={act} />
        </>
      )}
    </section>
  );
}
