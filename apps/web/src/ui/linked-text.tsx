/* A stretch of a message with its links and numbers. A link whose host may be taken for another is asked about first. */
import type { ComponentChildren } from "preact";
import { textParts } from "../format/links.ts";
import { openSheet } from "../state/navigation.ts";

/** Answers a press on a link that may be taken for another by asking about it. */
export const askFirst =
  (written: string) =>
  (event: Event): void => {
    event.preventDefault();
    openSheet("link", written);
  };

export function linkedText(text: string): ComponentChildren {
  return textParts(text).map(({ text: shown, href, isNumber, doubtful }) => {
    if (isNumber === true) return <bdi dir="ltr">{shown}</bdi>;
    if (href === undefined) return shown;
    const asks = doubtful === undefined ? undefined : askFirst(doubtful);
    return (
      <a href={href} target="_blank" rel="noopener noreferrer" dir="ltr" onClick={asks} onAuxClick={asks}>
        {shown}
      </a>
    );
  });
}
