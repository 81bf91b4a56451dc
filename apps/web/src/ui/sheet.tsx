/*
 * A sheet over the screen: the browser's own <dialog>, so focus stays inside, the rest is inert, Escape closes and focus
 * returns to where it was. On a phone it rises from the bottom edge, on a wide screen it stands in the middle.
 */
import { useEffect, useId, useRef } from "preact/hooks";
import type { ComponentChildren, JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { goBack } from "../state/navigation.ts";
import { Icon } from "./icon.tsx";
import { ToastRegion } from "./toast.tsx";
import css from "./sheet.module.css";

export interface SheetProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** default: one step back in the history that opened the sheet */
  readonly onClose?: () => void;
}

export function Sheet({ title, children, onClose = goBack }: SheetProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    const opener = document.activeElement;
    dialog?.showModal();
    // What had the keyboard may be taken off the sheet: then it goes on there, and not at the top of the page.
    const held = new MutationObserver(() => {
      if (document.activeElement === document.body) body.current?.focus({ preventScroll: true });
    });
    if (dialog !== null) held.observe(dialog, { childList: true, subtree: true });
    return () => {
      held.disconnect();
      dialog?.close();
      // A dialog that is taken out of the page gives no focus back by itself.
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={css.sheet}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div class={css.inside}>
        <header class={css.header}>
          <h2 id={titleId} class={css.title}>
            {title}
          </h2>
          <button type="button" class={css.close} aria-label={t("close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div ref={body} class={css.body} tabIndex={0}>
          {children}
        </div>
      </div>
      <ToastRegion />
    </dialog>
  );
}
