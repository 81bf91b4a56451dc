/* A new group: its name, and who is in it from the first moment. Made on the device at once; people come when there is a way. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { loadChat } from "../state/chats.ts";
import { engine } from "../state/engine.ts";
import { goBack, openConversation, place } from "../state/navigation.ts";
import { problemFrom } from "../state/problem.ts";
import { Button, Field } from "../ui/controls.tsx";
import { lazyGroups } from "../ui/lazy.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./groups.module.css";
import { PeoplePicker } from "./people-picker.tsx";

const LONGEST_NAME = 64;
const NOBODY: ReadonlySet<string> = new Set();

const newChannel = lazyGroups(() => import("../channels/new-channel-sheet.tsx").then((part) => part.NewChannelSheet));

export function NewGroupSheet(): JSX.Element {
  return place.value.item === "channel" ? <newChannel.Component onFail={goBack} /> : <NewGroup />;
}

function NewGroup(): JSX.Element {
  const name = useSignal("");
  const chosen = useSignal<ReadonlySet<string>>(NOBODY);
  const isLarge = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);
  const make = async (): Promise<void> => {
    try {
      const client = await engine();
      const id = await client.groups.create(name.peek(), [...chosen.peek()], { large: isLarge.peek() });
      await loadChat(id);
      openConversation(id, { replace: true });
    } catch (error) {
      problem.value = t(problemFrom(error).text);
    }
  };
  return (
    <Sheet title={t("groupNew")}>
      <form
        class={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Field
          label={t("groupName")}
          value={name.value}
          maxLength={LONGEST_NAME}
          problem={problem.value}
          onInput={(value) => {
            name.value = value;
            problem.value = undefined;
          }}
        />
        <PeoplePicker without={NOBODY} chosen={chosen.value} onChange={(next) => (chosen.value = next)} />
        <label class={css.pick}>
          <input
            type="checkbox"
            checked={isLarge.value}
            onChange={({ currentTarget }) => (isLarge.value = currentTarget.checked)}
          />
          <span>{t("groupLarge")}</span>
        </label>
        <p class={css.muted}>{t("groupNewText")}</p>
        <Button type="submit" kind="primary">
          {t("groupCreate")}
        </Button>
      </form>
    </Sheet>
  );
}
