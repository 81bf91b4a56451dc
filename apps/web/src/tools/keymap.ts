/*
 * Which keys do what. Keys are read by their place on the keyboard, so that Ctrl+K is the same key whatever script it types; ⌘ is
 * Ctrl on a Mac. Every action can have other keys; none of them is a single key, so nothing happens by typing (WCAG 2.1.4).
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

/** What keys can do. */
export const ACTION_KEYS = {
  palette: "Ctrl+K",
  find: "Ctrl+F",
  findAll: "Ctrl+Shift+F",
  chatBefore: "Alt+↑",
  chatNext: "Alt+↓",
  keys: "Ctrl+/",
  settings: "Ctrl+,",
  newChat: "Alt+N",
  connection: "Alt+C",
} as const;
export type ActionName = keyof typeof ACTION_KEYS;
export const ACTION_NAMES = Object.keys(ACTION_KEYS) as ActionName[];

export type KeyMap = Readonly<Record<ActionName, string>>;

const STORED = "chapar.keys";
const CHORD = /^(?:Ctrl\+)?(?:Alt\+)?(?:Shift\+)?(?:[A-Z0-9,./;'[\]\\=-]|F\d{1,2}|[↑↓←→])$/u;
const NAMES: Readonly<Record<string, string>> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Comma: ",",
  Period: ".",
  Slash: "/",
  Semicolon: ";",
  Quote: "'",
  BracketLeft: "[",
  BracketRight: "]",
  Backslash: "\\",
  Equal: "=",
  Minus: "-",
};

/** The pressed keys as they are written, `Ctrl+Shift+F`; undefined for a modifier by itself or a key that has no name here. */
export function chordOf(
  event: Pick<KeyboardEvent, "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
): string | undefined {
  const { code } = event;
  const key = /^(?:Key|Digit)(.)$/u.exec(code)?.[1] ?? NAMES[code] ?? (/^F\d{1,2}$/u.test(code) ? code : undefined);
  if (key === undefined) return undefined;
  const held = [
    event.ctrlKey || event.metaKey ? "Ctrl+" : "",
    event.altKey ? "Alt+" : "",
    event.shiftKey ? "Shift+" : "",
  ];
  return held.join("") + key;
}

/** Whether keys may stand for an action: a function key, or one with Ctrl or Alt. */
export function isUsable(chord: string): boolean {
  return CHORD.test(chord) && (/^(?:Ctrl|Alt)\+/u.test(chord) || /F\d{1,2}$/u.test(chord));
}

/** Reads stored keys; whatever is not understood is as at first. Total. */
export function readKeyMap(stored: string | null): KeyMap {
  let held: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(stored ?? "{}");
    if (typeof parsed === "object" && parsed !== null) held = parsed as Record<string, unknown>;
  } catch {
    // Not JSON: as at first.
  }
  const map: Record<string, string> = { ...ACTION_KEYS };
  for (const name of ACTION_NAMES) {
    const chord = held[name];
    if (typeof chord === "string" && isUsable(chord)) map[name] = chord;
  }
  return map as KeyMap;
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // storage forbidden: as at first
  }
}

export const keyMap: Signal<KeyMap> = signal(readKeyMap(typeof localStorage === "undefined" ? null : stored()));

/** Who has these keys, beside `name`. */
export function holderOf(chord: string, name: ActionName): ActionName | undefined {
  return ACTION_NAMES.find((one) => one !== name && keyMap.value[one] === chord);
}

function keep(map: KeyMap): void {
  keyMap.value = map;
  try {
    localStorage.setItem(STORED, JSON.stringify(map));
  } catch {
    // In force for this visit.
  }
}

/** Gives an action other keys. Who had them gets the ones that become free, so that no two share any. */
export function setKeys(name: ActionName, chord: string): void {
  const now = keyMap.peek();
  const holder = holderOf(chord, name);
  keep({ ...now, [name]: chord, ...(holder !== undefined && { [holder]: now[name] }) });
}

/** All keys as at first. */
export function resetKeys(): void {
  keep({ ...ACTION_KEYS });
}
