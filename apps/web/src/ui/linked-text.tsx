/* A stretch of a message with its links and numbers. */
import type { ComponentChildren } from "preact";
import { textParts } from "../format/links.ts";

export function linkedText(text: string): ComponentChildren {
  return textParts(text).map((part) =>
    part.isNumber === true ? (
      <bdi dir="ltr">{part.text}</bdi>
    ) : part.href === undefined ? (
      part.text
    ) : (
      <a href={part.href} target="_blank" rel="noopener noreferrer" dir="ltr">
        {part.text}
      </a>
    ),
  );
}
