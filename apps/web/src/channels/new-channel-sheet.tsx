/* A new channel: its name, what it is about, and who may read it. Made on the device at once. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import groupCss from "../groups/groups.module.css";
import { t } from "../i18n/translate.ts";
import { loadChat } from "../state/chats.ts";
import { engine } from "../state/engine.ts";
import { openConversation } from "../state/navigation.ts";
import { problemFrom } from "../state/problem.ts";
import { Button, Choice, Field } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./channels.module.css";

const LONGEST_NAME = 64;
const LONGEST_ABOUT = 500;

export function NewChannelSheet(): JSX.Element {
  const name = useSignal("");
  const about = useSignal("");
  const kind = useSignal<"closed" | "open">("closed");
  const problem = useSignal<string | undefined>(undefined);
  const make = async (): Promise<void> => {
    try {
      const { channels } = await engine();
      const open = kind.peek() === "open";
      const id = await channels.create({ name: name.peek(), about: about.peek(), open });
      await loadChat(id);
      openConversation(id, { replace: true });
    } catch (error) {
      problem.value = t(problemFrom(error).text);
    }
  };
  return (
    <Sheet title={t("channelNew")}>
      <form
        class={groupCss.form}
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Field
          label={t("channelName")}
          value={name.value}
          maxLength={LONGEST_NAME}
          problem={problem.value}
          onInput={(value) => {
            name.value = value;
            problem.value = undefined;
          }}
        />
        <Field
          label={t("channelAbout")}
          value={about.value}
          lines={2}
          maxLength={LONGEST_ABOUT}
          onInput={(value) => (about.value = value)}
        />
        <div class={css.kind}>
          <Choice
            label={t("channelWho")}
            value={kind.value}
            options={[
              { value: "closed", label: t("channelClosedKind") },
              { value: "open", label: t("channelOpenKind") },
            ]}
            onChange={(next) => (kind.value = next)}
          />
          <p class={groupCss.muted}>{t(kind.value === "open" ? "channelOpenText" : "channelClosedText")}</p>
        </div>
        <Button type="submit" kind="primary">
          {t("channelCreate")}
        </Button>
      </form>
    </Sheet>
  );
}
