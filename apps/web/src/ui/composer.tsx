/*
 * Where one writes: grows to six lines, takes the direction of what is typed, keeps its draft, and sends with Enter or
 * Ctrl+Enter as chosen. It works before the engine is open: what is sent then waits for it.
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { JSX, TargetedKeyboardEvent } from "preact";
import { t } from "../i18n/translate.ts";
import { draftOf, drafts, keepDraft } from "../state/drafts.ts";
import { attach, isPreparing, outgoing } from "../state/outgoing.ts";
import type { Outgoing } from "../state/outgoing.ts";
import { openSheet } from "../state/navigation.ts";
import { settings } from "../state/settings.ts";
import { Icon } from "./icon.tsx";
import { lazy } from "./lazy.tsx";
import css from "./composer.module.css";

export interface ComposerProps {
  readonly conversation: string;
  readonly onSend: (text: string, file: Outgoing | undefined) => void;
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

const attached = lazy(() => import("./attached-file.tsx").then((part) => part.AttachedFile));

export function Composer({ conversation, onSend, onLeaveUp, autoFocus, above, menu }: ComposerProps): JSX.Element {
  const field = useRef<HTMLTextAreaElement>(null);
  const text = drafts.value.get(conversation) ?? "";
  const file = outgoing.value;
  const isEmpty = text.trim() === "" && file === undefined;

  useLayoutEffect(() => {
    if (field.current !== null) fit(field.current);
  }, [text]);
  useLayoutEffect(() => {
    if (autoFocus) field.current?.focus({ preventScroll: true });
  }, [conversation, autoFocus]);

  const send = (): void => {
    const ready = draftOf(conversation).trim();
    const file = outgoing.peek();
    if ((ready === "" && file === undefined) || isPreparing.peek()) return;
    keepDraft(conversation, "");
    outgoing.value = undefined;
    if (file?.previewUrl !== undefined) URL.revokeObjectURL(file.previewUrl);
    onSend(ready, file);
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
      {file !== undefined && <attached.Component file={file} />}
      <div class={css.line}>
        <span class={css.menu}>{menu?.(css.round)}</span>
        <label class={css.round} title={t("composerAttach")}>
          <Icon name="attach" />
          <input
            class="visually-hidden"
            type="file"
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
          onInput={(event) => keepDraft(conversation, event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            if (files.length === 0) return;
            event.preventDefault();
            void attach(files);
          }}
        />
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
