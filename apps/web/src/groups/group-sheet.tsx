/* Who is in a group, what each may do, and what the person of this device may change of it. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { regionName } from "../format/region.ts";
import { t } from "../i18n/translate.ts";
import type { GroupView } from "../state/client-types.ts";
import { ChannelSheet } from "../channels/channel-sheet.tsx";
import { chatOf } from "../state/chats.ts";
import { engine, onEngineEvent } from "../state/engine.ts";
import { openSheet, place } from "../state/navigation.ts";
import { settings } from "../state/settings.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button, Field } from "../ui/controls.tsx";
import { lazyTools } from "../ui/lazy.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./groups.module.css";
import { GroupLinks } from "./group-links.tsx";
import type { Act } from "./group-act.ts";
import { MemberList } from "./member-list.tsx";
import { PeoplePicker } from "./people-picker.tsx";

const LONGEST_NAME = 64;
const NOBODY: ReadonlySet<string> = new Set();

function useGroup(id: string | undefined): { readonly group: GroupView | undefined; readonly act: Act } {
  const group = useSignal<GroupView | undefined>(undefined);
  const load = async (): Promise<void> => {
    if (id !== undefined) group.value = await (await engine()).groups.view(id);
  };
  useEffect(() => {
    load().catch(notifyProblem);
    return onEngineEvent((event) => {
      if (event.type === "conversation" && event.conversation === id) load().catch(notifyProblem);
    });
  }, [id]);
  const act: Act = (work) => {
    const run = async (): Promise<void> => {
      await work((await engine()).groups);
      await load();
    };
    run().catch(notifyProblem);
  };
  return { group: group.value, act };
}

function Adding({ group, act }: { readonly group: GroupView; readonly act: Act }): JSX.Element {
  const isOpen = useSignal(false);
  const chosen = useSignal(NOBODY);
  if (!isOpen.value) {
    return (
      <Button icon="plus" onClick={() => (isOpen.value = true)}>
        {t("groupAdd")}
      </Button>
    );
  }
  return (
    <div class={css.form}>
      <PeoplePicker
        without={new Set(group.people.map(({ identity }) => identity))}
        chosen={chosen.value}
        onChange={(next) => (chosen.value = next)}
      />
      <Button
        kind="primary"
        onClick={() => {
          const people = [...chosen.peek()];
          isOpen.value = false;
          chosen.value = NOBODY;
          if (people.length > 0) act((groups) => groups.add(group.conversation, people));
        }}
      >
        {t("groupAdd")}
      </Button>
    </div>
  );
}

function Rename({ group, act }: { readonly group: GroupView; readonly act: Act }): JSX.Element {
  const name = useSignal(group.title);
  return (
    <form
      class={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        act((groups) => groups.rename(group.conversation, name.peek()));
      }}
    >
      <Field
        label={t("groupName")}
        value={name.value}
        maxLength={LONGEST_NAME}
        onInput={(value) => (name.value = value)}
      />
      {name.value.trim() !== group.title && <Button type="submit">{t("groupRename")}</Button>}
      <label class={css.pick}>
        <input
          type="checkbox"
          checked={group.membersAdd}
          onChange={(event) => {
            const allowed = event.currentTarget.checked;
            act((groups) => groups.setMembersAdd(group.conversation, allowed));
          }}
        />
        <span>{t("groupMembersAdd")}</span>
      </label>
    </form>
  );
}

function Leave({ group, act }: { readonly group: GroupView; readonly act: Act }): JSX.Element {
  const isSure = useSignal(false);
  return (
    <div class={css.form}>
      {isSure.value && <p class={css.muted}>{t("groupLeaveText")}</p>}
      <Button
        kind={isSure.value ? "primary" : "plain"}
        onClick={() => {
          if (!isSure.peek()) isSure.value = true;
          else act((groups) => groups.leave(group.conversation));
        }}
      >
        {t("groupLeave")}
      </Button>
    </div>
  );
}

const find = lazyTools(() => import("../tools/find-door.tsx").then((part) => part.FindDoor));

export function GroupSheet(): JSX.Element {
  const id = place.value.conversation;
  return id !== undefined && chatOf(id)?.kind === "channel" ? <ChannelSheet id={id} /> : <People />;
}

function People(): JSX.Element {
  const { group, act } = useGroup(place.value.conversation);
  if (group === undefined) return <Sheet title={t("groupTitle")}>{""}</Sheet>;
  const region = group.hub?.region ?? "";
  return (
    <Sheet title={plainName(group.title)}>
      <div class={css.parts}>
        <p class={css.muted}>
          {region === ""
            ? t("groupPeople", { count: group.people.length })
            : t("chatPeopleRest", {
                count: group.people.length,
                region: regionName(settings.value.language, region),
              })}
        </p>
        {group.rights.add && <Adding group={group} act={act} />}
        <MemberList group={group} act={act} />
        <div class={css.doors}>
          <find.Component />
          {(group.role === "owner" || group.role === "admin") && (
            <Button icon="timer" onClick={() => openSheet("timer")}>
              {t("decideTimer")}
            </Button>
          )}
        </div>
        {(group.rights.link || group.links.length > 0) && <GroupLinks group={group} act={act} />}
        {group.rights.rename && <Rename group={group} act={act} />}
        {group.role !== undefined && <Leave group={group} act={act} />}
      </div>
    </Sheet>
  );
}
