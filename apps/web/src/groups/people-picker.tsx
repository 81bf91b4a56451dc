/* Choosing people one is in touch with. */
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import { chats } from "../state/chats.ts";
import type { PersonView } from "../state/client-types.ts";
import { Avatar } from "../ui/avatar.tsx";
import css from "./groups.module.css";

/** Everyone there is a chat of two with. */
export function contacts(without: ReadonlySet<string>): readonly PersonView[] {
  const direct = (chats.value ?? []).filter(({ kind }) => kind === "direct").flatMap(({ people }) => people);
  return direct.filter(({ identity }) => !without.has(identity));
}

export function PeoplePicker({
  without,
  chosen,
  onChange,
}: {
  readonly without: ReadonlySet<string>;
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}): JSX.Element {
  const people = contacts(without);
  if (people.length === 0) return <p class={css.muted}>{t("groupNobody")}</p>;
  return (
    <fieldset class={css.picker}>
      <legend>{t("groupWho")}</legend>
      {people.map(({ identity, name }) => (
        <label key={identity} class={css.pick}>
          <input
            type="checkbox"
            checked={chosen.has(identity)}
            onChange={(event) => {
              const next = new Set(chosen);
              if (event.currentTarget.checked) next.add(identity);
              else next.delete(identity);
              onChange(next);
            }}
          />
          <Avatar id={identity} name={name} size="small" />
          <bdi class={css.name}>{plainName(name) || t("groupSomebody")}</bdi>
        </label>
      ))}
    </fieldset>
  );
}
