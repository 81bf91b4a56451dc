/* What a topic is called: the beginning of the message it begins with. */
import { plainText } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";

const TITLE = 60;

/** What a topic is called, on one line. */
export function titleOf(title: string): string {
  const line = plainText(title).replaceAll(/\s+/gu, " ").trim();
  const characters = Array.from(line.slice(0, 2 * TITLE));
  if (line === "") return t("talkTopicNameless");
  return characters.length > TITLE ? `${characters.slice(0, TITLE).join("")}…` : line;
}
