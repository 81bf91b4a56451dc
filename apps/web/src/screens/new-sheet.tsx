/*
 * "New chat": hand one's own invite on, or open one that was handed over (pasted, or as a file).
 */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { engine } from "../state/engine.ts";
import { findGroupLink, findInvite } from "../state/invite.ts";
import { openConversation, openSheet } from "../state/navigation.ts";
import { problemFrom } from "../state/problem.ts";
import { loadChat } from "../state/chats.ts";
import { ScanButton } from "../scan/scan-button.tsx";
import { Button, Field, FilePicker } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { InviteCard } from "./invite-card.tsx";
import css from "./new-sheet.module.css";

const NEW_CHANNEL = "channel";
/** What leads to a person, a group or a channel. */
const INVITE = /[#:][gbi]\/[\w-]/u;

export function NewSheet(): JSX.Element {
  const text = useSignal("");
  const problem = useSignal<string | undefined>(undefined);
  const open = async (pasted: string): Promise<void> => {
    try {
      const group = findGroupLink(pasted);
      if (group !== undefined) return openSheet("join-group", group);
      const client = await engine();
      const id = await client.open(findInvite(pasted));
      await loadChat(id);
      openConversation(id, { replace: true });
    } catch (error) {
      problem.value = t(problemFrom(error).text);
    }
  };
  return (
    <Sheet title={t("newTitle")}>
      <div class={css.parts}>
        <Button icon="plus" onClick={() => openSheet("new-group")}>
          {t("groupNew")}
        </Button>
        <Button icon="plus" onClick={() => openSheet("new-group", NEW_CHANNEL)}>
          {t("groupNewChannel")}
        </Button>
        <InviteCard title={t("inviteTitle")} text={t("inviteText")} />
        <form
          class={css.open}
          onSubmit={(event) => {
            event.preventDefault();
            void open(text.value);
          }}
        >
          <h3 class={css.title}>{t("openTitle")}</h3>
          <p class={css.text}>{t("openText")}</p>
          <Field
            label={t("landingPaste")}
            value={text.value}
            lines={2}
            isCode
            problem={problem.value}
            onInput={(value) => {
              text.value = value;
              problem.value = undefined;
            }}
          />
          <div class={css.actions}>
            <Button type="submit" kind="primary">
              {t("landingContinue")}
            </Button>
            <FilePicker
              icon="file"
              label={t("landingFile")}
              accept=".chapar,.txt,text/plain"
              onFile={(file) => void file.text().then(open)}
            />
            <ScanButton
              onCode={(scanned) => {
                if (!INVITE.test(scanned)) return false;
                void open(scanned);
                return true;
              }}
            />
          </div>
        </form>
      </div>
    </Sheet>
  );
}
