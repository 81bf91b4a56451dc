/* What the list shows: all, unread, people, groups, the person's own folders. */
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import { filter, shownFilter } from "../state/chat-filter.ts";
import type { Filter } from "../state/chat-filter.ts";
import { openSheet } from "../state/navigation.ts";
import { IconButton } from "../ui/controls.tsx";
import { folders } from "./settings.ts";
import css from "./filter-chips.module.css";

interface Chip {
  readonly key: string;
  readonly label: string;
  readonly filter: Filter;
}

const isSame = (a: Filter, b: Filter): boolean =>
  typeof a === "object" && typeof b === "object" ? a.folder === b.folder : a === b;

export function FilterChips(): JSX.Element {
  const now = shownFilter.value;
  const chips: readonly Chip[] = [
    { key: "all", label: t("chatsAll"), filter: "all" },
    { key: "unread", label: t("chatsUnread"), filter: "unread" },
    { key: "people", label: t("decidePeople"), filter: "people" },
    { key: "groups", label: t("decideGroups"), filter: "groups" },
    ...folders.value.map(({ id, name }) => ({ key: id, label: plainName(name), filter: { folder: id } })),
  ];
  return (
    <div class={css.line}>
      <div class={css.chips} data-strip role="group" aria-label={t("chatsFilter")} tabIndex={-1}>
        {chips.map((chip) => (
          <button
            key={chip.key}
            type="button"
            aria-pressed={isSame(now, chip.filter)}
            onClick={() => (filter.value = chip.filter)}
          >
            <bdi>{chip.label}</bdi>
          </button>
        ))}
      </div>
      <IconButton icon="folder" label={t("decideFoldersTitle")} onClick={() => openSheet("folders")} />
    </div>
  );
}
