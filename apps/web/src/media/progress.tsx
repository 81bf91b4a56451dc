/* A transfer in a bubble: how far it is, and what can be done about it. */
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { TransferView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Icon } from "../ui/icon.tsx";
import type { IconName } from "../ui/icon.tsx";
import { transferText } from "./words.ts";
import css from "./media.module.css";

/** Tells the engine what becomes of a transfer. */
export function act(message: string, name: "pause" | "resume" | "cancel"): void {
  engine()
    .then((client) => client.media[name](message))
    .catch((error: unknown) => notifyProblem(error));
}

/** A round button of a transfer. */
export function Act({
  icon,
  label,
  onClick,
}: {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
}): JSX.Element {
  return (
    <button type="button" class={css.act} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} size={20} />
    </button>
  );
}

export function Progress({ view }: { readonly view: TransferView }): JSX.Element {
  const { message, state, bytes, totalBytes } = view;
  const share = totalBytes === 0 ? 0 : Math.round((bytes * 100) / totalBytes);
  const isHalted = state === "paused" || state === "stopped";
  return (
    <div class={css.progress} data-state={state}>
      <div
        class={css.bar}
        role="progressbar"
        aria-valuenow={share}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={t("mediaProgress")}
      >
        <span style={{ inlineSize: `${share}%` }} />
      </div>
      <div class={css.progressLine}>
        <span class={css.muted}>{transferText(view)}</span>
        {view.direction === "up" && (
          <span class={css.acts}>
            {isHalted ? (
              <Act icon="again" label={t("mediaResume")} onClick={() => act(message, "resume")} />
            ) : (
              <Act icon="pause" label={t("mediaPause")} onClick={() => act(message, "pause")} />
            )}
            <Act icon="close" label={t("mediaCancel")} onClick={() => act(message, "cancel")} />
          </span>
        )}
      </div>
    </div>
  );
}
