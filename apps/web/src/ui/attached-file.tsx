/*
 * The file that goes with the next message, above the field: what it is, how large, in which quality, and the way to
 * take it off again.
 */
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { detach, outgoing } from "../state/outgoing.ts";
import type { Outgoing } from "../state/outgoing.ts";
import { Icon } from "./icon.tsx";
import { sizeText } from "./route-line.tsx";
import css from "./attached-file.module.css";

export function AttachedFile({ file }: { readonly file: Outgoing }): JSX.Element {
  const { photo, quality } = file;
  return (
    <div class={css.attached}>
      {file.previewUrl === undefined ? (
        <span class={css.fileMark}>
          <Icon name="file" />
        </span>
      ) : (
        <img class={css.preview} src={file.previewUrl} alt="" />
      )}
      <div class={css.attachedText}>
        <bdi class={css.fileName}>{file.fileName}</bdi>
        {photo?.smaller !== undefined ? (
          <span class={css.quality} role="radiogroup" aria-label={t("photoQuality")}>
            {(["smaller", "original"] as const).map((choice) => (
              <label key={choice}>
                <input
                  type="radio"
                  name="quality"
                  checked={quality === choice}
                  onChange={() => (outgoing.value = { ...file, quality: choice })}
                />
                {choice === "smaller"
                  ? t("photoSmaller", { size: sizeText(photo.smaller?.bytes.length ?? 0) })
                  : t("photoOriginal", { size: sizeText(photo.original.bytes.length) })}
              </label>
            ))}
          </span>
        ) : (
          <span class={css.note}>
            {sizeText((photo?.original.bytes ?? file.original).length)}
            {photo !== undefined && ` · ${t("photoClean")}`}
          </span>
        )}
      </div>
      <button
        type="button"
        class={css.remove}
        aria-label={t("composerRemove", { name: file.fileName })}
        onClick={detach}
      >
        <Icon name="close" size={20} />
      </button>
    </div>
  );
}
