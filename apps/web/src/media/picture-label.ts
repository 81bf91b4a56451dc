/* The name of a picture for whoever does not see it. */
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { MessageView } from "../state/client-types.ts";

/** What a screen reader says of a picture: whose it is, and the caption when there is one. */
export function pictureLabel(message: MessageView, file: number): string {
  const name = plainName(message.senderName);
  const who = message.mine ? t("photoAltMine") : t("photoAlt", { name });
  const count = message.attachments.length;
  const whole = message.text === "" ? who : message.text;
  return count > 1 ? t("mediaOf", { what: whole, at: file + 1, count }) : whole;
}
