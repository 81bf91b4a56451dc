/* Icons of what people do with messages, drawn as those of ui/icon.tsx; apart from them, because no first message needs one. */
import type { JSX } from "preact";

const PATHS = {
  reply: "M9 6L4 11l5 5M4.5 11H14a6 6 0 0 1 6 6v1",
  edit: "M5 19l1-4L16 5l3 3L9 18zM14 7l3 3",
  pass: "M15 6l5 5-5 5M19.5 11H10a6 6 0 0 0-6 6v1",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v6",
  bin: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  smile: "M12 21a9 9 0 1 0 0-18a9 9 0 0 0 0 18zM8.5 14a4.3 4.3 0 0 0 7 0M9 9.5h.01M15 9.5h.01",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7zM2.5 20c.5-3.4 3.2-5.5 6.5-5.5s6 2.1 6.5 5.5M15.5 4.5a3.5 3.5 0 0 1 0 6M18 15c1.9.8 3.2 2.6 3.5 5",
  clock: "M12 21a9 9 0 1 0 0-18a9 9 0 0 0 0 18zM12 7v5l3.5 2",
  topic: "M4 5h16v10H9l-5 4zM8 9h8M8 12h5",
  poll: "M4 20h16M6.5 20v-8M12 20V5M17.5 20v-5",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
} as const;

export type TalkIconName = keyof typeof PATHS;
const MIRRORED: ReadonlySet<TalkIconName> = new Set(["reply", "pass", "list"]);

export function TalkIcon({ name, size = 20 }: { readonly name: TalkIconName; readonly size?: number }): JSX.Element {
  return (
    <svg
      class={MIRRORED.has(name) ? "mirrored" : undefined}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
