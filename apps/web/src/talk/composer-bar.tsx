/* Over the field: which message the next one answers or takes the place of, and the way out of it. */
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { plainName, plainText } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { Companion } from "../state/companion.ts";
import { Icon } from "../ui/icon.tsx";
import { leaveCompanion } from "./actions.ts";
import { quoteText } from "./bubble-parts.tsx";
import { TalkIcon } from "./talk-icon.tsx";
import css from "./talk.module.css";

export function ComposerBar({ of }: { readonly of: Companion }): JSX.Element {
  const { kind, message } = of;
  useEffect(() => {
    const leave = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      leaveCompanion();
    };
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, []);
  const title =
    kind === "edit"
      ? t("talkEditing")
      : message.mine
        ? t("talkReplySelf")
        : t("talkReplyTo", { name: plainName(message.senderName) });
  const [attachment] = message.attachments;
  const text = quoteText({
    is: "here",
    text: plainText(message.text),
    fileName: attachment?.fileName,
    mediaType: attachment?.mediaType,
  });
  return (
    <div class={css.bar} role="group" aria-label={title}>
      <TalkIcon name={kind === "edit" ? "edit" : "reply"} />
      <span class={css.barText}>
        <strong>{title}</strong>
        <span>
          <bdi>{text}</bdi>
        </span>
      </span>
      <button
        type="button"
        class={css.close}
        aria-label={t(kind === "edit" ? "talkEditCancel" : "talkReplyCancel")}
        onClick={leaveCompanion}
      >
        <Icon name="close" size={20} />
      </button>
    </div>
  );
}
