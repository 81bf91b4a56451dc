/*
 * Own icons: 24 px, stroke 1.75, round ends. Directional ones turn with the script, clocks and media do not. Each is
 * hidden from screen readers; the control that holds it has the words.
 */
import type { JSX } from "preact";

const PATHS = {
  back: "M15 5l-7 7 7 7",
  plus: "M12 5v14M5 12h14",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
  send: "M5 12h13M12.5 5.5L19 12l-6.5 6.5",
  attach: "M19 11.5l-7.6 7.6a4.6 4.6 0 0 1-6.5-6.5l8-8a3.1 3.1 0 0 1 4.4 4.4l-7.9 7.9a1.5 1.5 0 0 1-2.2-2.2l7.2-7.1",
  close: "M6 6l12 12M18 6L6 18",
  settings:
    "M4 7h9M19 7h1M4 17h1M11 17h9M16 7m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M8 17m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0",
  copy: "M9 9h10v11H9zM5 15V4h10",
  share: "M12 15V4M8 8l4-4 4 4M5 13v6h14v-6",
  qr: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 18v2",
  save: "M12 4v11M8 11l4 4 4-4M5 19h14",
  down: "M6 10l6 6 6-6",
  forward: "M9 5l7 7-7 7",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  mic: "M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zM6 12a6 6 0 0 0 12 0M12 18v3",
  play: "M8 5v14l11-7z",
  pause: "M8 5v14M16 5v14",
  minus: "M5 12h14",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  receipt: "M7 3h10v18l-2.5-1.7L12 21l-2.5-1.7L7 21zM10 8h4M10 12h4",
  again: "M19 12a7 7 0 1 1-2-5M19 4v4h-4",
  invite: "M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 20c.6-3.6 3.4-6 7-6s6.4 2.4 7 6M19 8v6M16 11h6",
  open: "M4 7h16v11H4zM4 8l8 6 8-6",
  shield: "M12 3l7 3v5c0 4.6-3 8-7 10c-4-2-7-5.4-7-10V6zM9 11.5l2.2 2.2L15 10",
  alert: "M12 4l9 16H3zM12 10v4.5M12 17.3v.2",
  up: "M6 14l6-6 6 6",
  timer: "M12 21a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 9v4l2.5 2M10 2.5h4",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v6",
  mute: "M9.5 5.6A6 6 0 0 1 18 11v3l1.5 3H9M6 11v3l-1.5 3H7M10 20h4M4 4l16 16",
  bell: "M6 11a6 6 0 0 1 12 0v3l1.5 3h-15L6 14zM10 20h4",
  archive: "M4 5h16v4H4zM5.5 9v10h13V9M10 13h4",
  folder: "M4 6h6l2 2h8v11H4z",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM6 6l12 12",
} as const;

export type IconName = keyof typeof PATHS;
const MIRRORED: ReadonlySet<IconName> = new Set(["back", "send", "forward"]);

export function Icon({ name, size = 24 }: { readonly name: IconName; readonly size?: number }): JSX.Element {
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
