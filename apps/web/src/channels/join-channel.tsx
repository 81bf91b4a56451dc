/* Coming to a channel by a link: what the link says of it, before anything is sent. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import groupCss from "../groups/groups.module.css";
import { t } from "../i18n/translate.ts";
import { loadChat } from "../state/chats.ts";
import type { ChannelInviteView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { openConversation } from "../state/navigation.ts";
import { problemFrom } from "../state/problem.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./channels.module.css";

async function go(id: string): Promise<void> {
  await loadChat(id);
  openConversation(id, { replace: true });
}

function howText({ open, approval, by }: ChannelInviteView): string {
  const name = plainName(by) || t("groupSomebody");
  if (open) return t("channelJoinOpenText");
  return approval ? t("groupJoinAskText", { name }) : t("channelJoinText", { name });
}

export function JoinChannel({ link }: { readonly link: string }): JSX.Element {
  const invite = useSignal<ChannelInviteView | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => {
    const load = async (): Promise<void> => {
      const read = await (await engine()).channels.readLink(link);
      if (read.conversation === undefined) invite.value = read;
      else await go(read.conversation);
    };
    load().catch((error: unknown) => (problem.value = t(problemFrom(error).text)));
  }, [link]);
  const join = async (): Promise<void> => go(await (await engine()).channels.join(link));
  const { value } = invite;
  return (
    <Sheet title={t("channelJoinTitle")}>
      {problem.value !== undefined && <p role="alert">{problem.value}</p>}
      {value !== undefined && (
        <div class={groupCss.parts}>
          <div class={groupCss.invited}>
            <h3 class={groupCss.title} dir="auto">
              {plainName(value.name) || t("channelTitle")}
            </h3>
            <p class={groupCss.muted}>{t("channelJoinBy", { name: plainName(value.by) || t("groupSomebody") })}</p>
            {value.about !== "" && (
              <p class={css.about} dir="auto">
                {value.about}
              </p>
            )}
          </div>
          <p class={groupCss.muted}>{howText(value)}</p>
          <Button kind="primary" onClick={() => void join().catch(notifyProblem)}>
            {value.approval ? t("groupJoinAsk") : t("channelJoin")}
          </Button>
        </div>
      )}
    </Sheet>
  );
}
