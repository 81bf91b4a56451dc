/* What is pinned in a conversation: the newest under the header, the next one with each press, all of them in a sheet. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { plainText } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { MessageView } from "../state/client-types.ts";
import { engine, onEngineEvent } from "../state/engine.ts";
import { talkSheet } from "../state/viewer.ts";
import { quoteText } from "./bubble-parts.tsx";
import { jumpTo } from "./jump.ts";
import { TalkIcon } from "./talk-icon.tsx";
import css from "./talk.module.css";

/** The beginning of what a message says, on one line. */
export function lineOf({ text, attachments }: MessageView): string {
  const { fileName, mediaType } = attachments[0] ?? {};
  return quoteText({ is: "here", text: plainText(text).replaceAll(/\s+/gu, " "), fileName, mediaType });
}

export function PinnedBar({ id }: { readonly id: string }): JSX.Element | null {
  const pins = useSignal<readonly MessageView[]>([]);
  const at = useSignal(0);
  useEffect(() => {
    let isGone = false;
    const read = async (): Promise<void> => {
      const found = await (await engine()).talk.pins(id);
      if (!isGone) pins.value = found;
    };
    // What cannot be read now is read with the next change.
    const look = (): void => void read().catch(() => undefined);
    look();
    const stop = onEngineEvent((event) => {
      if (event.type === "talk" && event.conversation === id) look();
      else if (event.type === "message" && event.conversation === id && event.change !== "added") look();
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [id]);
  const shown = pins.value[at.value % Math.max(1, pins.value.length)];
  if (shown === undefined) return null;
  return (
    <div class={css.pinned}>
      <button
        type="button"
        onClick={() => {
          void jumpTo(shown.position);
          at.value += 1;
        }}
      >
        <TalkIcon name="pin" />
        <span class={css.barText}>
          <strong>
            {pins.value.length > 1 ? t("talkPinnedCount", { count: pins.value.length }) : t("talkPinned")}
          </strong>
          <span>
            <bdi>{lineOf(shown)}</bdi>
          </span>
        </span>
      </button>
      <button
        type="button"
        class={css.close}
        aria-label={t("talkPinnedAll")}
        title={t("talkPinnedAll")}
        onClick={() => (talkSheet.value = { kind: "pins", message: shown })}
      >
        <TalkIcon name="list" />
      </button>
    </div>
  );
}
