/*
 * The first letter of a person on a quiet ground whose hue comes from the identity, so that it is the same everywhere; a picture of theirs
 * takes its place (people/portraits.ts). Decoration only; the name stands beside it.
 */
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import css from "./avatar.module.css";

/** Hue of an id, 0..359; FNV-1a keeps neighbours apart. */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % 360;
}

/** The letter shown for a name. */
function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(plainName(name));
  return first?.segment.toLocaleUpperCase() ?? "·";
}

export function Avatar(props: {
  readonly id: string;
  readonly name: string;
  readonly size?: "small" | "large";
}): JSX.Element {
  return (
    <span
      class={css.avatar}
      data-who={props.id}
      data-size={props.size}
      style={{ "--hue": String(hueOf(props.id)) }}
      aria-hidden="true"
    >
      {initialOf(props.name)}
    </span>
  );
}
