/* A file in a bubble: its name, its size, how long it will take; a press saves it, and while it comes that can be stopped. What came stays. */
import { useState } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import { Icon } from "../ui/icon.tsx";
import { sizeText } from "../ui/route-line.tsx";
import { saveFile } from "./file-urls.ts";
import { Act, act } from "./progress.tsx";
import type { TileProps } from "./tile.tsx";
import { fetchingOf } from "./transfers.ts";
import { durationText, transferText } from "./words.ts";
import css from "./media.module.css";

export function FileRow({ message, attachment, file, known }: Omit<TileProps, "isAlone">): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const name = plainName(attachment.fileName);
  const coming = fetchingOf(message.id, file);
  const size = sizeText(attachment.sizeBytes);
  const seconds = known?.seconds ?? 0;
  const save = (): void => {
    if (isBusy) return;
    setBusy(true);
    void saveFile({ message: message.id, file, sizeBytes: attachment.sizeBytes }, name).finally(() => setBusy(false));
  };
  const waiting = seconds > 1 ? t("mediaSize", { size, time: durationText(seconds * 1000) }) : size;
  const told = coming !== undefined ? transferText(coming) : isBusy ? t("fileSaving") : waiting;
  return (
    <div class={css.fileLine}>
      <button type="button" class={css.file} onClick={save} aria-label={`${t("fileSave", { name })} ${told}`}>
        <span class={css.fileIcon}>
          <Icon name={known?.isHere === true ? "save" : "file"} />
        </span>
        <span class={css.fileText}>
          <bdi class={css.fileName}>{name}</bdi>
          <span class={css.muted}>{told}</span>
        </span>
      </button>
      {isBusy && coming !== undefined && (
        <Act icon="close" label={t("mediaStop")} onClick={() => act(message.id, "cancel")} />
      )}
    </div>
  );
}
