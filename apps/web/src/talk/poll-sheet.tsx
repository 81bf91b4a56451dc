/* Asking everyone in a conversation. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { engine } from "../state/engine.ts";
import { currentConversation, goBack } from "../state/navigation.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button, Field, IconButton } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./poll.module.css";

const MOST = 12;
/** Characters of an option that a person can type: fewer than what travels, in any script. */
const OPTION_CHARACTERS = 100;

export function PollSheet(): JSX.Element {
  const id = currentConversation.value ?? "";
  const question = useSignal("");
  const options = useSignal<readonly string[]>(["", ""]);
  const multiple = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);
  const change = (at: number, text: string): void => {
    options.value = options.peek().map((one, index) => (index === at ? text : one));
    problem.value = undefined;
  };
  const ask = async (): Promise<void> => {
    const asked = options
      .peek()
      .map((one) => one.trim())
      .filter((one) => one !== "");
    if (question.peek().trim() === "" || asked.length < 2 || new Set(asked).size < asked.length) {
      problem.value = t("talkPollBad");
      return;
    }
    try {
      const poll = { question: question.peek(), options: asked, multiple: multiple.peek() };
      await (await engine()).talk.poll(id, poll);
      goBack();
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <Sheet title={t("talkPollNew")}>
      <form
        class={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <Field
          label={t("talkPollQuestion")}
          value={question.value}
          lines={2}
          problem={problem.value}
          onInput={(text) => {
            question.value = text;
            problem.value = undefined;
          }}
        />
        {options.value.map((text, at) => (
          <div key={at} class={css.optionLine}>
            <Field
              label={t("talkPollOption", { number: at + 1 })}
              value={text}
              maxLength={OPTION_CHARACTERS}
              onInput={(now) => change(at, now)}
            />
            {options.value.length > 2 && (
              <IconButton
                icon="close"
                label={t("talkPollRemove", { number: at + 1 })}
                onClick={() => (options.value = options.peek().filter((_, index) => index !== at))}
              />
            )}
          </div>
        ))}
        {options.value.length < MOST && (
          <Button kind="quiet" icon="plus" onClick={() => (options.value = [...options.peek(), ""])}>
            {t("talkPollAdd")}
          </Button>
        )}
        <label class={css.check}>
          <input
            type="checkbox"
            checked={multiple.value}
            onChange={(event) => (multiple.value = event.currentTarget.checked)}
          />
          <span>{t("talkPollMultiple")}</span>
        </label>
        <p class={css.hint}>{t("talkPollText")}</p>
        <Button kind="primary" type="submit">
          {t("talkPollAsk")}
        </Button>
      </form>
    </Sheet>
  );
}
