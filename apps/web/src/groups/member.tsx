/* Somebody in a group: their row, and what may be done about them. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { GroupPersonView, GroupView } from "../state/client-types.ts";
import { openSheet } from "../state/navigation.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/controls.tsx";
import type { Act } from "./group-act.ts";
import css from "./groups.module.css";

function roleText({ role, leaving }: GroupPersonView): string {
  if (leaving) return t("groupLeaving");
  return role === "owner" ? t("groupOwner") : role === "admin" ? t("groupAdmin") : t("groupMember");
}

/** What may be done about somebody; opened by pressing their row. */
function Actions({
  group,
  person,
  act,
}: {
  readonly group: GroupView;
  readonly person: GroupPersonView;
  readonly act: Act;
}): JSX.Element {
  const { conversation: id, rights, role } = group;
  const { identity, me } = person;
  const isSure = useSignal(false);
  const mayRemove = !me && (role === "owner" || (role === "admin" && person.role === "member"));
  const set = (next: GroupPersonView["role"]) => () => act((groups) => groups.setRole(id, identity, next));
  return (
    <div class={css.actions}>
      {rights.appoint && person.role !== "owner" && <Button onClick={set("owner")}>{t("groupMakeOwner")}</Button>}
      {rights.appoint && person.role !== "admin" && <Button onClick={set("admin")}>{t("groupMakeAdmin")}</Button>}
      {(rights.appoint || me) && person.role !== "member" && (
        <Button onClick={set("member")}>{t("groupMakeMember")}</Button>
      )}
      {mayRemove && !isSure.value && <Button onClick={() => (isSure.value = true)}>{t("groupRemove")}</Button>}
      {mayRemove && isSure.value && (
        <>
          <p class={css.muted}>{t("groupRemoveText", { name: plainName(person.name) })}</p>
          <Button kind="primary" onClick={() => act((groups) => groups.remove(id, identity))}>
            {t("groupRemove")}
          </Button>
        </>
      )}
      {!me && (
        <Button icon="shield" onClick={() => openSheet("safety", identity)}>
          {t("groupSafety")}
        </Button>
      )}
    </div>
  );
}

/** A person's row. */
export function Member({
  group,
  person,
  act,
  place,
}: {
  readonly group: GroupView;
  readonly person: GroupPersonView;
  readonly act: Act;
  /** among how many rows it stands: not all of them are in the page */
  readonly place: { readonly at: number; readonly of: number };
}): JSX.Element {
  const isOpen = useSignal(false);
  const name = person.me ? t("groupYou") : plainName(person.name) || t("groupSomebody");
  return (
    <li class={css.member} aria-posinset={place.at} aria-setsize={place.of}>
      <button
        type="button"
        class={css.person}
        aria-expanded={isOpen.value}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        <Avatar id={person.identity} name={person.name} size="small" />
        <bdi class={css.name}>{name}</bdi>
        <span class={css.role} data-role={person.role}>
          {roleText(person)}
        </span>
      </button>
      {isOpen.value && <Actions group={group} person={person} act={act} />}
    </li>
  );
}
