/* The note at the edge of the screen, and the polite live region. Both are there from the start: a region that is added together with its text is not read. */
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { announcement } from "../state/announcer.ts";
import { dismiss, toast } from "../state/toasts.ts";
import css from "./toast.module.css";

export function ToastRegion(): JSX.Element {
  const now = toast.value;
  const action = now?.action;
  return (
    <div class={css.region} role="status">
      {now !== undefined && (
        <div key={now.id} class={css.toast} data-tone={now.tone}>
          <p>{t(now.text)}</p>
          {action !== undefined && (
            <button
              type="button"
              onClick={() => {
                dismiss();
                action.run();
              }}
            >
              {t(action.label)}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

export function LiveRegion(): JSX.Element {
  return (
    <p class="visually-hidden" aria-live="polite">
      {announcement.value}
    </p>
  );
}
