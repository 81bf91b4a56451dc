/*
 * People whose names begin as what is typed after an @. The field keeps the focus; arrows choose, Enter or Tab takes, Escape
 * leaves. Keys are taken before the field sees them, only while the list is open.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX, RefObject } from "preact";
import { plainName } from "../format/bidi.ts";
import { fold } from "@chapar/client/text";
import { t } from "../i18n/translate.ts";
import type { PersonView } from "../state/client-types.ts";
import { keepDraft } from "../state/drafts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { nameBefore } from "./mention-text.ts";
import css from "./talk.module.css";

const SHOWN = 8;
const LIST_ID = "talk-mentions";

interface Open {
  readonly field: HTMLTextAreaElement;
  /** what is typed after the @ */
  readonly typed: string;
  readonly caret: number;
  readonly people: readonly PersonView[];
}

function openAt(field: HTMLTextAreaElement, people: readonly PersonView[]): Open | undefined {
  const caret = field.selectionStart;
  const typed = caret === field.selectionEnd ? nameBefore(field.value, caret) : undefined;
  if (typed === undefined) return undefined;
  const wanted = fold(typed);
  const fitting = people
    .filter(({ name }) => plainName(name) !== "" && fold(plainName(name)).startsWith(wanted))
    .slice(0, SHOWN);
  return fitting.length === 0 ? undefined : { field, typed, caret, people: fitting };
}

/** At once, caret and all: whoever types on has the next letter after the name, however busy the machine is. */
function take({ field, typed, caret }: Open, person: PersonView, conversation: string): void {
  field.setRangeText(`${plainName(person.name)} `, caret - typed.length, caret, "end");
  keepDraft(conversation, field.value);
  field.focus({ preventScroll: true });
}

/** Follows what is typed in a pane. @returns the list while there is one */
export function useMentions(
  conversation: string,
  people: readonly PersonView[],
  pane: RefObject<HTMLElement | null>,
): JSX.Element | null {
  const open = useSignal<Open | undefined>(undefined);
  const at = useSignal(0);
  const choose = (person: PersonView | undefined): void => {
    const now = open.peek();
    open.value = undefined;
    if (now !== undefined && person !== undefined) take(now, person, conversation);
  };
  useEffect(() => {
    const area = pane.current;
    if (area === null) return undefined;
    const look = (event: Event): void => {
      if (!(event.target instanceof HTMLTextAreaElement)) return;
      open.value = openAt(event.target, people);
      at.value = 0;
    };
    const key = (event: KeyboardEvent): void => {
      const now = open.peek();
      if (now === undefined || event.target !== now.field || event.isComposing) return;
      const { length } = now.people;
      const keys: Readonly<Record<string, () => void>> = {
        ArrowDown: () => (at.value = (at.peek() + 1) % length),
        ArrowUp: () => (at.value = (at.peek() + length - 1) % length),
        Enter: () => choose(now.people[at.peek()]),
        Tab: () => choose(now.people[at.peek()]),
        Escape: () => (open.value = undefined),
      };
      const act = keys[event.key];
      if (act === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    };
    area.addEventListener("input", look);
    area.addEventListener("click", look);
    area.addEventListener("keydown", key, { capture: true });
    return () => {
      area.removeEventListener("input", look);
      area.removeEventListener("click", look);
      area.removeEventListener("keydown", key, { capture: true });
    };
  }, [conversation, people]);
  const now = open.value;
  useEffect(() => {
    if (now === undefined) return undefined;
    now.field.setAttribute("aria-controls", LIST_ID);
    now.field.setAttribute("aria-activedescendant", `${LIST_ID}-${at.value}`);
    return () => {
      now.field.removeAttribute("aria-controls");
      now.field.removeAttribute("aria-activedescendant");
    };
  }, [now, at.value]);
  if (now === undefined) return null;
  return (
    <ul class={css.mentions} id={LIST_ID} role="listbox" aria-label={t("talkMentionList")}>
      {now.people.map((person, index) => (
        <li
          key={person.identity}
          id={`${LIST_ID}-${index}`}
          role="option"
          aria-selected={index === at.value}
          onPointerDown={(event) => {
            event.preventDefault();
            choose(person);
          }}
        >
          <Avatar id={person.identity} name={plainName(person.name)} size="small" />
          <bdi>{plainName(person.name)}</bdi>
        </li>
      ))}
    </ul>
  );
}
