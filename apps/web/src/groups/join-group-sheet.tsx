/* Coming into a group by a link: what the link says, asking, and waiting to be let in. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { JoinChannel } from "../channels/join-channel.tsx";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { GroupAskView, GroupInviteView } from "../state/client-types.ts";
import { engine, onEngineEvent } from "../state/engine.ts";
import { goBack, openConversation, place } from "../state/navigation.ts";
import { problemFrom } from "../state/problem.ts";
import type { Problem } from "../state/problem.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./groups.module.css";

interface Asked {
  readonly invite: GroupInviteView;
  readonly ask: GroupAskView | undefined;
}

function stateText({ state, approval }: GroupAskView): string {
  switch (state) {
    case "waiting":
      return approval ? t("groupJoinWaiting") : t("groupJoinComing");
    case "revoked":
      return t("groupJoinRevoked");
    case "expired":
      return t("groupJoinExpired");
    case "used-up":
      return t("groupJoinUsedUp");
    case "refused":
    default:
      return t("groupJoinRefused");
  }
}

/** What became of the link: whoever is in the group is led to it. */
async function look(link: string): Promise<Asked | undefined> {
  const { groups } = await engine();
  const invite = await groups.readLink(link);
  if (invite.isMember && invite.conversation !== undefined) {
    openConversation(invite.conversation, { replace: true });
    return undefined;
  }
  const asks = await groups.asks();
  return { invite, ask: asks.find(({ conversation }) => conversation === invite.conversation) };
}

export function JoinGroupSheet(): JSX.Element {
  const link = place.value.item ?? "";
  return /[#:]b\//u.test(link) ? <JoinChannel link={link} /> : <JoinGroup link={link} />;
}

function JoinGroup({ link }: { readonly link: string }): JSX.Element {
  const asked = useSignal<Asked | undefined>(undefined);
  const problem = useSignal<Problem | undefined>(undefined);
  const load = async (): Promise<void> => {
    try {
      asked.value = await look(link);
    } catch (error) {
      problem.value = problemFrom(error);
    }
  };
  useEffect(() => {
    void load();
    return onEngineEvent((event) => {
      if (event.type === "conversation" || (event.type === "own" && event.key === "groups/ask")) void load();
    });
  }, [link]);
  const join = async (): Promise<void> => {
    await (await engine()).groups.ask(link);
    await load();
  };
  const withdraw = async (conversation: string): Promise<void> => {
    await (await engine()).groups.withdraw(conversation);
    goBack();
  };
  if (problem.value !== undefined) {
    return (
      <Sheet title={t("groupJoinTitle")}>
        <p role="alert">{t(problem.value.text)}</p>
      </Sheet>
    );
  }
  if (asked.value === undefined) return <Sheet title={t("groupJoinTitle")}>{""}</Sheet>;
  const { invite, ask } = asked.value;
  const by = plainName(invite.by) || t("groupSomebody");
  return (
    <Sheet title={t("groupJoinTitle")}>
      <div class={css.parts}>
        <div class={css.invited}>
          <h3 class={css.title} dir="auto">
            {plainName(invite.title) || t("groupTitle")}
          </h3>
          <p class={css.muted}>{t("groupJoinBy", { name: by, count: invite.people })}</p>
        </div>
        {ask === undefined ? (
          <>
            <p class={css.muted}>{invite.approval ? t("groupJoinAskText", { name: by }) : t("groupNewText")}</p>
            <Button kind="primary" onClick={() => void join().catch(notifyProblem)}>
              {invite.approval ? t("groupJoinAsk") : t("groupJoin")}
            </Button>
          </>
        ) : (
          <>
            <p role="status">{stateText(ask)}</p>
            <Button onClick={() => void withdraw(ask.conversation).catch(notifyProblem)}>
              {ask.state === "waiting" ? t("groupJoinWithdraw") : t("errorOk")}
            </Button>
          </>
        )}
      </div>
    </Sheet>
  );
}
