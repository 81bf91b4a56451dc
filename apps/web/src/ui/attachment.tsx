/*
 * A photo or a file in a bubble. Photos up to a size load when they come into view; larger ones, and all while the link
 * saves data, say their size and wait to be asked. The box keeps its shape, so that nothing jumps when the photo is here.
 */
import { useEffect, useState } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { isPicture } from "../format/media.ts";
import { t } from "../i18n/translate.ts";
import { attachmentUrl, saveAs } from "../state/attachments.ts";
import type { AttachmentView, MessageView } from "../state/client-types.ts";
import { notifyProblem } from "../state/toasts.ts";
import { viewed } from "../state/viewer.ts";
import { Icon } from "./icon.tsx";
import { sizeText } from "./route-line.tsx";
import css from "./attachment.module.css";

const AUTO_LOAD_BYTES = 512 * 1024;

interface BodyProps {
  readonly message: MessageView;
  readonly attachment: AttachmentView;
}

function savesData(): boolean {
  return "connection" in navigator && (navigator.connection as { readonly saveData?: boolean }).saveData === true;
}

/** What a screen reader says of a photo: whose it is, and the caption when there is one. */
export function photoLabel(message: MessageView): string {
  if (message.text !== "") return message.text;
  return message.mine ? t("photoAltMine") : t("photoAlt", { name: plainName(message.senderName) });
}

function Photo({ message, attachment }: BodyProps): JSX.Element {
  const [url, setUrl] = useState<string | undefined>(undefined);
  const [phase, setPhase] = useState<"asked" | "idle" | "failed">(
    message.mine || (attachment.sizeBytes <= AUTO_LOAD_BYTES && !savesData()) ? "asked" : "idle",
  );
  useEffect(() => {
    if (phase !== "asked" || url !== undefined) return undefined;
    let isGone = false;
    attachmentUrl(message.id, attachment.mediaType).then(
      (made) => isGone || setUrl(made),
      () => isGone || setPhase("failed"),
    );
    return () => (isGone = true);
  }, [phase, message.id]);
  if (url !== undefined) {
    return (
      <button type="button" class={css.photo} onClick={() => (viewed.value = { url, message })}>
        <img src={url} alt={photoLabel(message)} decoding="async" onError={() => setPhase("failed")} />
      </button>
    );
  }
  const size = sizeText(attachment.sizeBytes);
  return (
    <button type="button" class={css.placeholder} onClick={() => setPhase("asked")} aria-disabled={phase === "asked"}>
      <Icon name={phase === "failed" ? "again" : "photo"} />
      <span>
        {phase === "asked" ? t("photoLoading") : phase === "failed" ? t("photoMissing") : t("photoLoad", { size })}
      </span>
      {phase === "failed" && <span class={css.again}>{t("tryAgain")}</span>}
    </button>
  );
}

function FileRow({ message, attachment }: BodyProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const name = plainName(attachment.fileName);
  const save = (): void => {
    if (busy) return;
    setBusy(true);
    attachmentUrl(message.id, attachment.mediaType)
      .then((url) => saveAs(url, name))
      .catch((error: unknown) => notifyProblem(error, save))
      .finally(() => setBusy(false));
  };
  return (
    <button type="button" class={css.file} onClick={save} aria-label={t("fileSave", { name })}>
      <span class={css.fileIcon}>
        <Icon name="file" />
      </span>
      <span class={css.fileText}>
        <bdi class={css.fileName}>{name}</bdi>
        <span class={css.fileSize}>{busy ? t("fileSaving") : sizeText(attachment.sizeBytes)}</span>
      </span>
    </button>
  );
}

export function AttachmentBody(props: BodyProps): JSX.Element {
  return isPicture(props.attachment.mediaType) ? <Photo {...props} /> : <FileRow {...props} />;
}
