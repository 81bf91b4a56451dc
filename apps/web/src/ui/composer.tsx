/*
 * Where one writes: grows to six lines, takes the direction of what is typed, keeps its draft, and sends with Enter or
 * Ctrl+Enter as chosen. It works before the engine is open: what is sent then waits for it.
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { t } from "../i18n/translate.ts";
import { draftOf, drafts, keepDraft } from "../state/drafts.ts";
import type { OutgoingItem } from "../media/outgoing-item.ts";
import type { OutgoingFile } from "../state/client-types.ts";
import { attach, isPreparing, outgoing, takeOutgoing } from "../state/outgoing.ts";
import { isRecording } from "../state/recording.ts";
import { openSheet } from "../state/navigation.ts";
import { settings } from "../state/settings.ts";
import { typed } from "../state/typing.ts";
import { Icon } from "./icon.tsx";
import { lazy } from "./lazy.tsx";
import css from "./composer.module.css";

export interface ComposerProps {
  readonly conversation: string;
  readonly onSend: (text: string, files: readonly OutgoingItem[]) => void;
  readonly onVoice: (file: OutgoingFile) => void;
  /** arrow up in an empty field */
  readonly onLeaveUp: () => void;
  readonly autoFocus: boolean;
  /** what the next message belongs to, over the field */
  readonly above?: JSX.Element | undefined;
  /** takes the place of the button that chooses a file */
  readonly menu?: ((button: string | undefined) => JSX.Element) | undefined;
}

const growsByItself = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

function fit(field: HTMLTextAreaElement): void {
  if (growsByItself) return;
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight}px`;
}

/** Characters of a letter, at most: bytes are never fewer. */
const MAX_PASTED = 16_384;
const attached = lazy(() => import("../media/attached-files.tsx").then((part) => part.AttachedFiles));
const voiceBar = lazy(() => import("../media/voice-bar.tsx").then((part) => part.VoiceBar));

export function Composer({
  conversation,
  onSend,
  onVoice,
  onLeaveUp,
  autoFocus,
  above,
  menu,
}: ComposerProps): JSX.Element {
  const field = useRef<HTMLTextAreaElement>(null);
  const text = drafts.value.get(conversation) ?? "";
  const files = outgoing.value;
  const isEmpty = text.trim() === "" && files.length === 0;

  useLayoutEffect(() => {
    if (field.current !== null) fit(field.current);
  }, [text]);
  useLayoutEffect(() => {
    if (autoFocus) field.current?.focus({ preventScroll: true });
  }, [conversation, autoFocus]);

  const send = (): void => {
    const ready = draftOf(conversation).trim();
    if ((ready === "" && outgoing.peek().length === 0) || isPreparing.peek()) return;
    keepDraft(conversation, "");
    onSend(ready, takeOutgoing());
    field.current?.focus({ preventScroll: true });
  };

  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      const chord = event.ctrlKey || event.metaKey;
      const sends = settings.peek().sendKey === "enter" ? chord || !event.shiftKey : chord;
      if (!sends) return;
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && event.currentTarget.value === "") {
      event.preventDefault();
      onLeaveUp();
    }
  };

  return (
    <form
      class={css.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {above}
      {isPreparing.value && <p class={css.preparing}>{t("composerPreparing")}</p>}
      {files.length > 0 && <attached.Component items={files} />}
      {isRecording.value !== undefined && <voiceBar.Component onSend={onVoice} />}
      <div class={css.line} hidden={isRecording.value !== undefined}>
        <span class={css.menu}>{menu?.(css.round)}</span>
        <label class={css.round} title={t("composerAttach")}>
          <Icon name="attach" />
          <input
            class="visually-hidden"
            type="file"
            multiple
            aria-label={t("composerAttach")}
            onChange={(event) => {
              void attach([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = "";
              field.current?.focus({ preventScroll: true });
            }}
          />
        </label>
        <textarea
          ref={field}
          class={css.field}
          rows={1}
          value={text}
          dir={text === "" ? undefined : "auto"}
          aria-label={t("composerLabel")}
          placeholder={t("composerPlaceholder")}
          enterkeyhint={settings.value.sendKey === "enter" ? "send" : "enter"}
          onInput={({ currentTarget: { value } }) => {
            keepDraft(conversation, value);
            typed(conversation, value);
          }}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const pasted = event.clipboardData?.getData("text") ?? "";
            // No letter holds it, and a field of megabytes stops the page: it goes as a file.
            const files =
              pasted.length > MAX_PASTED
                ? [new File([pasted], "text.txt", { type: "text/plain" })]
                : [...(event.clipboardData?.files ?? [])];
            if (files.length === 0) return;
            event.preventDefault();
            void attach(files);
          }}
        />
        {isEmpty && !isPreparing.value && (
          <button
            type="button"
            class={css.round}
            aria-label={t("composerVoice")}
            title={t("composerVoice")}
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.preventDefault();
              isRecording.value = "pressed";
            }}
            // A press of the keyboard has no length: it locks.
            onClick={() => (isRecording.value ??= "locked")}
          >
            <Icon name="mic" />
          </button>
        )}
        <button
          type="submit"
          class={`${css.round} ${css.send}`}
          data-empty={isEmpty}
          aria-label={t("composerSend")}
          aria-disabled={isEmpty}
          onContextMenu={(event) => {
            event.preventDefault();
            openSheet("later");
          }}
          // A press must not take the keyboard of a phone away from the field.
          onPointerDown={(event) => event.preventDefault()}
        >
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}
