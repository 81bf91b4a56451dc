/* The folders: making, ordering and removing them; opened for a chat, which of them it is in. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { decide, decided, folders, followDecided } from "../chats/settings.ts";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import { chatOf, titleOf } from "../state/chats.ts";
import { place } from "../state/navigation.ts";
import { Button, Field, IconButton } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import facts from "./facts.module.css";
import css from "./folders-sheet.module.css";

const LONGEST_NAME = 64;

function FolderRow({
  id,
  at,
  chat,
}: {
  readonly id: string;
  readonly at: number;
  readonly chat: string | undefined;
}): JSX.Element | null {
  const folder = folders.value.find((one) => one.id === id);
  if (folder === undefined) return null;
  const name = plainName(folder.name);
  const isIn = chat !== undefined && decided.value.get(chat)?.folders.includes(id) === true;
  return (
    <li class={css.row}>
      {chat === undefined ? (
        <span class={css.name}>
          <bdi>{name}</bdi>
        </span>
      ) : (
        <label class={css.name}>
          <input
            type="checkbox"
            checked={isIn}
            onChange={(event) => {
              const inside = event.currentTarget.checked;
              decide((chats) => chats.putInFolder(id, chat, inside));
            }}
          />
          <bdi>{name}</bdi>
        </label>
      )}
      {at > 0 && (
        <IconButton
          icon="up"
          label={t("decideFolderUp", { name })}
          onClick={() => decide((chats) => chats.moveFolder(id, at - 1))}
        />
      )}
      <IconButton
        icon="close"
        label={t("decideFolderRemove", { name })}
        onClick={() => decide((chats) => chats.removeFolder(id))}
      />
    </li>
  );
}

export function FoldersSheet(): JSX.Element {
  const { item } = place.value;
  const chat = chatOf(item);
  const name = useSignal("");
  useEffect(followDecided, []);
  const add = (): void => {
    const wanted = name.peek().trim();
    if (wanted === "") return;
    name.value = "";
    decide(async (chats) => {
      const id = await chats.makeFolder(wanted);
      if (chat !== undefined) await chats.putInFolder(id, chat.id, true);
    });
  };
  return (
    <Sheet title={chat === undefined ? t("decideFoldersTitle") : t("decideFolderWhich", { name: titleOf(chat) })}>
      <ul class={css.list}>
        {folders.value.map(({ id }, at) => (
          <FolderRow key={id} id={id} at={at} chat={chat?.id} />
        ))}
      </ul>
      <form
        class={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Field
          label={t("decideFolderName")}
          value={name.value}
          maxLength={LONGEST_NAME}
          onInput={(value) => (name.value = value)}
        />
        <Button icon="plus" type="submit">
          {t("decideFolderAdd")}
        </Button>
      </form>
      <p class={facts.muted}>{t("decideFolderHint")}</p>
    </Sheet>
  );
}
