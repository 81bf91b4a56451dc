/*
 * Buttons, fields and choices. Choices are radio groups drawn as one bar: arrow keys, labels and the "checked" word come
 * from the browser.
 */
import { useId } from "preact/hooks";
import type { ComponentChildren, JSX, TargetedEvent } from "preact";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon.tsx";
import css from "./controls.module.css";

export interface ButtonProps {
  readonly children: ComponentChildren;
  /** may be absent for a submit button */
  readonly onClick?: () => void;
  readonly kind?: "primary" | "plain" | "quiet";
  readonly icon?: IconName;
  readonly busy?: boolean;
  readonly type?: "button" | "submit";
}

export function Button({
  children,
  onClick,
  kind = "plain",
  icon,
  busy = false,
  type = "button",
}: ButtonProps): JSX.Element {
  return (
    <button type={type} class={css.button} data-kind={kind} aria-disabled={busy} onClick={() => !busy && onClick?.()}>
      {icon !== undefined && <Icon name={icon} size={20} />}
      <span>{children}</span>
    </button>
  );
}

export interface IconButtonProps {
  readonly label: string;
  readonly icon: IconName;
  readonly onClick: () => void;
  readonly pressed?: boolean;
}

export function IconButton({ label, icon, onClick, pressed }: IconButtonProps): JSX.Element {
  return (
    <button type="button" class={css.icon} aria-label={label} title={label} aria-pressed={pressed} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
  readonly lines?: number;
  /** links and codes stay left to right whatever the language */
  readonly isCode?: boolean;
  readonly autocomplete?: string;
  readonly maxLength?: number;
}

export function Field(props: FieldProps): JSX.Element {
  const id = useId();
  const describedBy =
    props.problem !== undefined ? `${id}-problem` : props.hint !== undefined ? `${id}-hint` : undefined;
  const shared = {
    id,
    class: css.input,
    value: props.value,
    // An empty field keeps the language's direction, so that the caret starts where reading does.
    dir: props.isCode === true ? ("ltr" as const) : props.value === "" ? undefined : ("auto" as const),
    "aria-describedby": describedBy,
    "aria-invalid": props.problem !== undefined,
    onInput: (event: TargetedEvent<HTMLInputElement | HTMLTextAreaElement>) => props.onInput(event.currentTarget.value),
  };
  return (
    <div class={css.field}>
      <label for={id}>{props.label}</label>
      {props.lines !== undefined ? (
        <textarea {...shared} rows={props.lines} spellcheck={false} autocapitalize="off" />
      ) : (
        <input {...shared} autocomplete={props.autocomplete ?? "off"} maxLength={props.maxLength} />
      )}
      {props.problem !== undefined ? (
        <p id={`${id}-problem`} class={css.problem} role="alert">
          {props.problem}
        </p>
      ) : (
        props.hint !== undefined && (
          <p id={`${id}-hint`} class={css.hint}>
            {props.hint}
          </p>
        )
      )}
    </div>
  );
}

export interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string; readonly lang?: string }[];
  readonly onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>): JSX.Element {
  const name = useId();
  return (
    <fieldset class={css.choice}>
      <legend>{label}</legend>
      <div class={css.options}>
        {options.map((option) => (
          <label key={option.value} class={css.option} lang={option.lang}>
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function FilePicker(props: {
  readonly label: string;
  readonly accept: string;
  readonly icon: IconName;
  readonly onFile: (file: File) => void;
}): JSX.Element {
  return (
    <label class={css.file}>
      <Icon name={props.icon} size={20} />
      <span>{props.label}</span>
      <input
        class="visually-hidden"
        type="file"
        accept={props.accept}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file !== undefined) props.onFile(file);
        }}
      />
    </label>
  );
}
