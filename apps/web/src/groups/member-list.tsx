/* Everyone in a group: who leads it first, found by a part of their name, with as many rows in the page as are seen. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { JSX } from "preact";
import { fold } from "@chapar/client/text";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { GroupPersonView, GroupView } from "../state/client-types.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Field } from "../ui/controls.tsx";
import type { Act } from "./group-act.ts";
import css from "./groups.module.css";
import { Member } from "./member.tsx";
import { useWindow } from "./window.ts";

/** From so many people on there is a field to find somebody. */
const MANY = 20;
const LONGEST_NAME = 64;
const RANKS = { owner: 0, admin: 1, member: 2 } as const;

/** The people whose name has what is typed in it, who leads first, and otherwise as they came. */
export function found(people: readonly GroupPersonView[], typed: string): readonly GroupPersonView[] {
  const wanted = fold(typed.trim());
  const fitting = wanted === "" ? people : people.filter(({ name }) => fold(plainName(name)).includes(wanted));
  return fitting.toSorted((a, b) => RANKS[a.role] - RANKS[b.role]);
}

export function MemberList({ group, act }: { readonly group: GroupView; readonly act: Act }): JSX.Element {
  const typed = useSignal("");
  const list = useRef<HTMLUListElement>(null);
  const people = found(group.people, typed.value);
  const { first, end, rowPx } = useWindow(list, people.length);
  const space = { paddingBlockStart: `${first * rowPx}px`, paddingBlockEnd: `${(people.length - end) * rowPx}px` };
  return (
    <>
      {group.people.length >= MANY && (
        <Field
          label={t("groupFind")}
          value={typed.value}
          maxLength={LONGEST_NAME}
          onInput={(value) => (typed.value = value)}
        />
      )}
      {people.length === 0 && <p class={css.muted}>{t("groupFindNobody")}</p>}
      <ul ref={list} class={css.list} style={space} aria-label={t("groupMembers")}>
        {people.slice(first, end).map((person, at) => (
          <Member
            key={person.identity}
            group={group}
            person={person}
            act={act}
            place={{ at: first + at + 1, of: people.length }}
          />
        ))}
      </ul>
      {group.adding.length > 0 && <Adding group={group} />}
    </>
  );
}

function Adding({ group }: { readonly group: GroupView }): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  const { first, end, rowPx } = useWindow(list, group.adding.length);
  const space = {
    paddingBlockStart: `${first * rowPx}px`,
    paddingBlockEnd: `${(group.adding.length - end) * rowPx}px`,
  };
  return (
    <ul ref={list} class={css.list} style={space} aria-label={t("groupAdding")}>
      {group.adding.slice(first, end).map(({ identity, name }) => (
        <li key={identity} class={css.member}>
          <span class={css.person}>
            <Avatar id={identity} name={name} size="small" />
            <bdi class={css.name}>{plainName(name) || t("groupSomebody")}</bdi>
            <span class={css.role}>{t("groupAdding")}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
