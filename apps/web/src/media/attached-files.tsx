/*
 * The files that go with the next message, above the field: what each is, how large, in which quality photos leave, and the way to take it off
 * again.
 */
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { Icon } from "../ui/icon.tsx";
import { sizeText } from "../ui/route-line.tsx";
import { quality, removeItem, versionOf } from "./attach.ts";
import type { OutgoingItem, Quality } from "./outgoing-item.ts";
import css from "./attached-files.module.css";

const QUALITY_WORDS = { tiny: "photoTiny", normal: "photoSmaller", original: "photoOriginal" } as const;

function bytesOf(items: readonly OutgoingItem[], wanted: Quality): number {
  return items.reduce(
    (sum, { photo, blob }) => sum + (photo === undefined ? blob : versionOf(photo, wanted).blob).size,
    0,
  );
}

function Item({ item }: { readonly item: OutgoingItem }): JSX.Element {
  const { fileName, previewUrl, photo, blob, facts } = item;
  const size = sizeText(photo === undefined ? blob.size : versionOf(photo, quality.value).blob.size);
  return (
    <li class={css.attached}>
      {previewUrl === undefined ? (
        <span class={css.fileMark}>
          <Icon name={facts.kind === "video" ? "play" : facts.kind === "voice" ? "mic" : "file"} />
        </span>
      ) : (
        <img class={css.preview} src={previewUrl} alt="" />
      )}
      <div class={css.attachedText}>
        <bdi class={css.fileName}>{fileName}</bdi>
        <span class={css.note}>{size}</span>
      </div>
      <button
        type="button"
        class={css.remove}
        aria-label={t("composerRemove", { name: fileName })}
        onClick={() => removeItem(item.id)}
      >
        <Icon name="close" size={20} />
      </button>
    </li>
  );
}

export function AttachedFiles({ items }: { readonly items: readonly OutgoingItem[] }): JSX.Element {
  const photos = items.filter(({ photo }) => photo !== undefined);
  const choices = (["tiny", "normal", "original"] as const).filter(
    (choice) => choice === "original" || photos.some(({ photo }) => photo?.versions[choice] !== undefined),
  );
  return (
    <div class={css.all}>
      <ul class={css.list}>
        {items.map((item) => (
          <Item key={item.id} item={item} />
        ))}
      </ul>
      {photos.length > 0 && <p class={css.note}>{t("photoClean")}</p>}
      {choices.length > 1 && (
        <span class={css.quality} role="radiogroup" aria-label={t("photoQuality")}>
          {choices.map((choice) => (
            <label key={choice}>
              <input
                type="radio"
                name="quality"
                checked={quality.value === choice}
                onChange={() => (quality.value = choice)}
              />
              {t(QUALITY_WORDS[choice], { size: sizeText(bytesOf(photos, choice)) })}
            </label>
          ))}
        </span>
      )}
    </div>
  );
}
