/*
 * The palette: every chat and every command behind one field. The field keeps the focus; arrows choose, Enter does it.
 */
import { fold } from "@chapar/client/text";
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { chats, titleOf } from "../state/chats.ts";
import { openConversation } from "../state/navigation.ts";
import { Sheet } from "../ui/sheet.tsx";
import { KEY_ACTIONS, MORE_ACTIONS } from "./actions.ts";
import type { Action } from "./actions.ts";
import { ACTION_NAMES, keyMap } from "./keymap.ts";
import { tool } from "./tool.ts";
import css from "./tools.module.css";

const MAX_CHATS = 8;

interface Entry {
  readonly id: string;
  readonly text: string;
  readonly kind: "chat" | "action";
  readonly keys: string | undefined;
  readonly run: () => void;
}

const close = (): void => {
  tool.value = undefined;
};

function entries(typed: string): readonly Entry[] {
  const wanted = fold(typed);
  const fits = (text: string): boolean => wanted.split(/\s+/u).every((word) => fold(text).includes(word));
  const people = (chats.value ?? []).map((chat): Entry => ({
    id: chat.id,
    text: titleOf(chat),
    kind: "chat",
    keys: undefined,
    run: () => openConversation(chat.id),
  }));
  const entry = ({ label, run }: Action, keys?: string): Entry => ({
    id: label,
    text: t(label),
    kind: "action",
    keys,
    run,
  });
  const keyed = ACTION_NAMES.filter((name) => name !== "palette" && KEY_ACTIONS[name].isPossible?.() !== false);
  const actions = [
    ...keyed.map((name) => entry(KEY_ACTIONS[name], keyMap.value[name])),
    ...MORE_ACTIONS.filter(({ isPossible }) => isPossible?.() !== false).map((action) => entry(action)),
  ];
  return [...people.filter(({ text }) => fits(text)).slice(0, MAX_CHATS), ...actions.filter(({ text }) => fits(text))];
}

export function Palette(): JSX.Element {
  const id = useId();
  const typed = useSignal("");
  const at = useSignal(0);
  const field = useRef<HTMLInputElement>(null);
  const found = entries(typed.value);
  const chosen = Math.min(at.value, found.length - 1);
  useEffect(() => field.current?.focus(), []);
  useEffect(
    () => document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: "nearest" }),
    [chosen, typed.value],
  );
  const choose = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    close();
    // After the sheet has given the focus back.
    setTimeout(entry.run);
  };
  return (
    <Sheet title={t("toolPalette")} onClose={close}>
      <input
        ref={field}
        class={css.field}
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen < 0 ? undefined : `${id}-${chosen}`}
        aria-label={t("toolHint")}
        placeholder={t("toolHint")}
        autocomplete="off"
        dir={typed.value === "" ? undefined : "auto"}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={(event) => {
          const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (by !== undefined) {
            event.preventDefault();
            at.value = (chosen + by + found.length) % Math.max(1, found.length);
          } else if (event.key === "Enter") {
            event.preventDefault();
            choose(found[chosen]);
          }
        }}
      />
      {found.length === 0 && <p class={css.none}>{t("toolNone")}</p>}
      <ul id={`${id}-list`} class={css.entries} role="listbox" aria-label={t("toolPalette")}>
        {found.map((entry, index) => (
          <li
            key={`${entry.kind} ${entry.id}`}
            id={`${id}-${index}`}
            class={css.entry}
            role="option"
            aria-selected={index === chosen}
            onClick={() => choose(entry)}
          >
            <bdi class={css.words}>{entry.text}</bdi>
            {entry.keys !== undefined && <kbd dir="ltr">{entry.keys}</kbd>}
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
