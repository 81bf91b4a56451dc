/*
 * A photo or a film in a bubble. Its box has its shape from what is told of it, and its blur as ground, so that nothing jumps when it is here. It is fetched
 * by itself only where the person's setting covers it; otherwise it says its size and how long it will take, and waits to be asked.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { JSX } from "preact";
import { thumbHashToRGBA } from "thumbhash";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { AttachmentView, FileView, MessageView } from "../state/client-types.ts";
import { viewed } from "../state/viewer.ts";
import { Icon } from "../ui/icon.tsx";
import { sizeText } from "../ui/route-line.tsx";
import { type OpenedFile, openFile, saveFile } from "./file-urls.ts";
import { fetchingOf } from "./transfers.ts";
import { durationText } from "./words.ts";
import { pictureLabel } from "./picture-label.ts";
import css from "./media.module.css";

const FALLBACK_RATIO = 4 / 3;
const RATIOS = [0.5, 2.4] as const;

/** One file of a message, and what is known of it. */
export interface TileProps {
  readonly message: MessageView;
  readonly attachment: AttachmentView;
  readonly file: number;
  /** undefined until the engine has answered */
  readonly known: FileView | undefined;
  readonly isAlone: boolean;
}

/** The blur while the picture is not here: drawn on a canvas, as the page's policy loads no picture from a data URL. */
function Blur({ hash }: { readonly hash: Uint8Array }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current === null) return;
    try {
      const { w, h, rgba } = thumbHashToRGBA(hash);
      [canvas.current.width, canvas.current.height] = [w, h];
      canvas.current.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
    } catch {
      // Bytes of a contact that are no such hash: the box is plain.
    }
  }, [hash]);
  return <canvas ref={canvas} class={css.blur} aria-hidden="true" />;
}

function ratioOf({ facts: { width, height } }: AttachmentView): number {
  if (width === undefined || height === undefined) return FALLBACK_RATIO;
  return Math.min(RATIOS[1], Math.max(RATIOS[0], width / height));
}

function waitText(known: FileView | undefined, size: string): string {
  const seconds = known?.seconds;
  return seconds === undefined || seconds < 2 ? size : t("mediaSize", { size, time: durationText(seconds * 1000) });
}

export function Tile({ message, attachment, file, known, isAlone }: TileProps): JSX.Element {
  const { facts, sizeBytes, fileName } = attachment;
  const isVideo = facts.kind === "video";
  const [opened, setOpened] = useState<OpenedFile | undefined>(undefined);
  const [phase, setPhase] = useState<"idle" | "asked" | "failed">("idle");
  const place = { message: message.id, file, sizeBytes };
  // Another route carries: what did not come over the one before is tried again.
  useEffect(() => setPhase((was) => (was === "failed" ? "idle" : was)), [known]);
  const isWanted =
    phase === "asked" || (phase === "idle" && !isVideo && known !== undefined && (known.isHere || known.isAutomatic));
  useEffect(() => {
    if (!isWanted || opened !== undefined) return undefined;
    let isGone = false;
    const bring = async (): Promise<void> => {
      const made = await openFile(place, isVideo);
      if (isGone) return;
      setOpened(made);
      if (phase === "asked" && made.shown !== undefined) viewed.value = { message, file };
    };
    bring().catch(() => isGone || setPhase("failed"));
    return () => (isGone = true);
  }, [isWanted, message.id]);
  const label = pictureLabel(message, file);
  const isFalse = opened !== undefined && opened.shown === undefined;
  const coming = fetchingOf(message.id, file);
  const ratio = isAlone ? ratioOf(attachment) : 1;
  const press = (): void => {
    if (isFalse) void saveFile(place, plainName(fileName));
    else if (opened !== undefined) viewed.value = { message, file };
    else setPhase("asked");
  };
  const size = sizeText(sizeBytes);
  const isShown = opened?.shown?.kind === "picture";
  const share = coming && `${Math.round((coming.bytes * 100) / Math.max(1, coming.totalBytes))} %`;
  const veil = isFalse ? t("mediaNotShown") : phase === "failed" ? t("photoMissing") : (share ?? waitText(known, size));
  const length = isVideo && facts.durationMs !== undefined ? durationText(facts.durationMs) : undefined;
  // Who saves what only called itself a picture sees what it is called.
  const name = isFalse ? plainName(fileName) : undefined;
  // What is seen on it is in its name, so that who speaks to the machine can say it.
  const seen = [name, isShown ? undefined : veil, length].filter((text) => text !== undefined).join(" ");
  return (
    <button
      type="button"
      class={css.tile}
      data-alone={isAlone}
      style={{ aspectRatio: String(ratio) }}
      aria-label={seen === "" ? label : `${label}, ${seen}`}
      onClick={press}
    >
      {facts.preview !== undefined && <Blur hash={facts.preview} />}
      {isShown ? (
        <img src={opened.url} alt="" decoding="async" onError={() => setPhase("failed")} />
      ) : (
        <span class={css.veil}>
          <Icon name={phase === "failed" ? "again" : isFalse ? "file" : isVideo ? "play" : "photo"} />
          {name !== undefined && <bdi>{name}</bdi>}
          <span>{veil}</span>
        </span>
      )}
      {length !== undefined && <span class={css.length}>{length}</span>}
    </button>
  );
}
