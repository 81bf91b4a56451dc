/* A form that takes a PIN, a passphrase or a word: hidden letters, and once more where it is new. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { Button } from "../ui/controls.tsx";
import css from "./lock.module.css";

const LEAST_CHARS = 4;

interface SecretProps {
  readonly label: string;
  readonly value: string;
  readonly isNew: boolean;
  readonly onInput: (value: string) => void;
}

function Secret({ label, value, isNew, onInput }: SecretProps): JSX.Element {
  const id = useId();
  return (
    <div class={css.secret}>
      <label for={id}>{label}</label>
      <input
        id={id}
        class={css.input}
        type="password"
        autocomplete={isNew ? "new-password" : "current-password"}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </div>
  );
}

export interface SecretFormProps {
  readonly label: string;
  readonly action: PlainKey;
  /** asks for it twice, and for more than a few letters */
  readonly isNew: boolean;
  /** @returns what was wrong, in words; undefined when it was taken */
  readonly onSecret: (secret: string) => Promise<string | undefined>;
}

export function SecretForm({ label, action, isNew, onSecret }: SecretFormProps): JSX.Element {
  const first = useSignal("");
  const again = useSignal("");
  const problem = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const submit = async (): Promise<void> => {
    const secret = first.peek();
    if (secret === "" || isBusy.peek()) return;
    if (isNew && secret.length < LEAST_CHARS) return void (problem.value = t("lockShort"));
    if (isNew && secret !== again.peek()) return void (problem.value = t("lockDiffer"));
    isBusy.value = true;
    problem.value = undefined;
    try {
      problem.value = await onSecret(secret);
      first.value = "";
      again.value = "";
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Secret label={label} value={first.value} isNew={isNew} onInput={(value) => (first.value = value)} />
      {isNew && <Secret label={t("lockRepeat")} value={again.value} isNew onInput={(value) => (again.value = value)} />}
      <p class={css.problem} role="alert">
        {problem.value}
      </p>
      <Button type="submit" busy={isBusy.value}>
        {t(isBusy.value ? "lockOpening" : action)}
      </Button>
    </form>
  );
}
