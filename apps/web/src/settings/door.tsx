/* A row that leads somewhere. */
import type { JSX } from "preact";
import { Icon } from "../ui/icon.tsx";
import css from "./settings.module.css";

export interface DoorProps {
  readonly title: string;
  readonly text?: string;
  readonly isCurrent?: boolean;
  /** of the list that it stands in, the row that has the focus when the list is opened */
  readonly isFirst?: boolean;
  readonly onClick: () => void;
}

export function Door({ title, text, isCurrent, isFirst, onClick }: DoorProps): JSX.Element {
  return (
    <button
      type="button"
      class={css.door}
      aria-current={isCurrent === true ? "true" : undefined}
      autofocus={isFirst === true}
      onClick={onClick}
    >
      <span>
        <span class={css.doorTitle}>{title}</span>
        {text !== undefined && <span class={css.doorText}>{text}</span>}
      </span>
      <Icon name="forward" size={20} />
    </button>
  );
}
