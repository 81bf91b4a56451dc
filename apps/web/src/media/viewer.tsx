/*
 * Pictures and films, large, in the browser's own dialog over everything. Arrow keys and swipes lead through the pictures of the message; plus, minus and
 * zero, the wheel, a pinch and a double press zoom; arrows move within a zoomed one. Esc closes.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { plainName, plainText } from "../format/bidi.ts";
import { isVisual } from "../format/media.ts";
import { notifyProblem } from "../state/toasts.ts";
import { viewed } from "../state/viewer.ts";
import { IconButton } from "../ui/controls.tsx";
import { type OpenedFile, openFile, saveFile } from "./file-urls.ts";
import { pictureLabel } from "./picture-label.ts";
import { NO_ZOOM, type Zoom, zoomed } from "./zoom.ts";
import css from "./viewer.module.css";

const KEY_ZOOM = 1.4;
const WHEEL_ZOOM = 1.0015;
const MOVE_PX = 80;
const SWIPE_PX = 60;

/** Pointers that are down: one moves or swipes, two pinch. */
interface Hands {
  readonly at: Map<number, { readonly x: number; readonly y: number }>;
  swiped: number;
  spread: number;
}

function spreadOf({ at }: Hands): number {
  const [one, two] = [...at.values()];
  return one === undefined || two === undefined ? 0 : Math.hypot(one.x - two.x, one.y - two.y);
}

export function PhotoViewer(): JSX.Element | null {
  const dialog = useRef<HTMLDialogElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const hands = useRef<Hands>({ at: new Map(), swiped: 0, spread: 0 });
  const zoom = useSignal<Zoom>(NO_ZOOM);
  const opened = useSignal<OpenedFile | undefined>(undefined);
  const now = viewed.value;
  const key = now === undefined ? "" : `${now.message.id} ${now.file}`;
  useEffect(() => {
    dialog.current?.showModal();
    stage.current?.focus();
  }, []);
  useEffect(() => {
    const shown = viewed.peek();
    const attachment = shown?.message.attachments[shown.file];
    if (shown === undefined || attachment === undefined) return undefined;
    let isGone = false;
    zoom.value = NO_ZOOM;
    opened.value = undefined;
    const place = { message: shown.message.id, file: shown.file, sizeBytes: attachment.sizeBytes };
    openFile(place, attachment.facts.kind === "video").then(
      (file) => void (isGone || (opened.value = file)),
      (error: unknown) => isGone || notifyProblem(error),
    );
    return () => (isGone = true);
  }, [key]);
  if (now === undefined) return null;
  const { message, file } = now;
  const attachment = message.attachments[file];
  const shown = message.attachments.flatMap((one, at) => (isVisual(one) ? [at] : []));
  const close = (): void => {
    dialog.current?.close();
    viewed.value = undefined;
  };
  const step = (by: number): void => {
    const next = shown[shown.indexOf(file) + by];
    if (next !== undefined) viewed.value = { message, file: next };
  };
  const isRtl = document.documentElement.dir === "rtl";
  const change = (by: Parameters<typeof zoomed>[1]): void => void (zoom.value = zoomed(zoom.peek(), by));
  const arrow = (x: number, y: number): void => {
    if (zoom.peek().scale > 1) change({ x: -x * MOVE_PX, y: -y * MOVE_PX });
    else if (x !== 0) step(isRtl ? -x : x);
  };
  const onKey = (event: KeyboardEvent): void => {
    const keys: Readonly<Record<string, () => void>> = {
      ArrowRight: () => arrow(1, 0),
      ArrowLeft: () => arrow(-1, 0),
      ArrowUp: () => arrow(0, -1),
      ArrowDown: () => arrow(0, 1),
      "+": () => change({ scale: KEY_ZOOM }),
      "=": () => change({ scale: KEY_ZOOM }),
      "-": () => change({ scale: 1 / KEY_ZOOM }),
      "0": () => void (zoom.value = NO_ZOOM),
    };
    const run = event.target instanceof HTMLVideoElement ? undefined : keys[event.key];
    if (run === undefined) return;
    event.preventDefault();
    run();
  };
  const onMove = (event: PointerEvent): void => {
    const held = hands.current;
    const before = held.at.get(event.pointerId);
    if (before === undefined) return;
    held.at.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const [x, y] = [event.clientX - before.x, event.clientY - before.y];
    if (held.at.size >= 2) {
      const spread = spreadOf(held);
      if (held.spread > 0) change({ scale: spread / held.spread });
      held.spread = spread;
    } else if (zoom.peek().scale > 1) change({ x, y });
    else held.swiped += x;
  };
  const onUp = (event: PointerEvent): void => {
    const held = hands.current;
    held.at.delete(event.pointerId);
    held.spread = 0;
    if (held.at.size > 0) return;
    if (Math.abs(held.swiped) > SWIPE_PX) step((held.swiped < 0 ? 1 : -1) * (isRtl ? -1 : 1));
    held.swiped = 0;
  };
  const name = plainName(attachment?.fileName ?? "");
  const label = pictureLabel(message, file);
  const { scale, x, y } = zoom.value;
  const { value: content } = opened;
  return (
    <dialog ref={dialog} class={css.viewer} aria-label={t("photoView")} onCancel={close} onKeyDown={onKey}>
      <header class={css.bar}>
        <bdi class={css.name}>{name}</bdi>
        {shown.length > 1 && (
          <>
            <IconButton icon="back" label={t("mediaBefore")} onClick={() => step(-1)} />
            <IconButton icon="forward" label={t("mediaNext")} onClick={() => step(1)} />
          </>
        )}
        <IconButton
          icon={scale > 1 ? "minus" : "plus"}
          label={scale > 1 ? t("mediaZoomOut") : t("mediaZoomIn")}
          onClick={() => (scale > 1 ? (zoom.value = NO_ZOOM) : change({ scale: 2 }))}
        />
        <IconButton
          icon="save"
          label={t("fileSave", { name })}
          onClick={() => void saveFile({ message: message.id, file, sizeBytes: attachment?.sizeBytes ?? 0 }, name)}
        />
        <IconButton icon="close" label={t("close")} onClick={close} />
      </header>
      <div
        ref={stage}
        class={css.stage}
        data-zoomed={scale > 1}
        tabIndex={0}
        role="group"
        aria-label={label}
        onWheel={(event) => change({ scale: WHEEL_ZOOM ** -event.deltaY })}
        onDblClick={() => (scale > 1 ? (zoom.value = NO_ZOOM) : change({ scale: 2.5 }))}
        onPointerDown={(event) => {
          if (event.target instanceof HTMLVideoElement) return;
          hands.current.at.set(event.pointerId, { x: event.clientX, y: event.clientY });
        }}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={onUp}
      >
        {content?.shown?.kind === "picture" && (
          <img
            src={content.url}
            alt={label}
            style={{ transform: `translate(${x}px, ${y}px) scale(${scale})` }}
            draggable={false}
          />
        )}
        {content?.shown?.kind === "video" && (
          // What is spoken in a film that somebody sent has no captions but what the sender wrote below it.
          <video src={content.url} controls autoplay playsInline aria-label={label} />
        )}
        {content !== undefined && content.shown === undefined && <p>{t("mediaNotShown")}</p>}
        {content === undefined && <p role="status">{t("photoLoading")}</p>}
      </div>
      {message.text !== "" && (
        <p class={css.caption} dir="auto">
          {plainText(message.text)}
        </p>
      )}
    </dialog>
  );
}
