/*
 * A photo, large: the browser's own dialog over everything; a second press shows it at full size, the keyboard and the
 * wheel scroll it.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { plainName } from "../format/bidi.ts";
import { saveAs } from "../state/attachments.ts";
import { viewed } from "../state/viewer.ts";
import { photoLabel } from "../ui/attachment.tsx";
import { IconButton } from "../ui/controls.tsx";
import css from "./photo-viewer.module.css";

export function PhotoViewer(): JSX.Element | null {
  const dialog = useRef<HTMLDialogElement>(null);
  const isFull = useSignal(false);
  const shown = viewed.value;
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  if (shown === undefined) return null;
  const { url, message } = shown;
  const close = (): void => {
    dialog.current?.close();
    viewed.value = undefined;
  };
  const fileName = plainName(message.attachment?.fileName ?? "");
  return (
    <dialog ref={dialog} class={css.viewer} aria-label={t("photoView")} onCancel={close}>
      <header class={css.bar}>
        <bdi class={css.name}>{fileName}</bdi>
        <IconButton icon="save" label={t("fileSave", { name: fileName })} onClick={() => saveAs(url, fileName)} />
        <IconButton icon="close" label={t("close")} onClick={close} />
      </header>
      <div class={css.stage} data-full={isFull.value} tabIndex={0} role="group" aria-label={photoLabel(message)}>
        <img src={url} alt={photoLabel(message)} onClick={() => (isFull.value = !isFull.value)} />
      </div>
    </dialog>
  );
}
