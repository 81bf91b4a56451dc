/*
 * Bytes of a terminal in raw mode as keys. Escape sequences may arrive in pieces; a lone Escape is known to be one when
 * nothing has followed for a moment (the caller's timer calls `flush`). Pasted text (bracketed paste) is one key, so
 * that a pasted line break never sends a message.
 */

/** A key as pressed, or a text as pasted or typed. */
export type Key =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "paste"; readonly text: string }
  | { readonly kind: "named"; readonly name: KeyName };

/** Keys with a meaning here. */
export type KeyName =
  | "enter"
  | "line"
  | "escape"
  | "tab"
  | "backspace"
  | "delete"
  | "up"
  | "down"
  | "left"
  | "right"
  | "home"
  | "end"
  | "page-up"
  | "page-down"
  | "alt-up"
  | "alt-down"
  | "ctrl-a"
  | "ctrl-b"
  | "ctrl-c"
  | "ctrl-d"
  | "ctrl-e"
  | "ctrl-k"
  | "ctrl-l"
  | "ctrl-n"
  | "ctrl-p"
  | "ctrl-u"
  | "ctrl-w"
  | "ctrl-y";

const CONTROL: Readonly<Record<string, KeyName>> = {
  "\r": "enter",
  "\n": "line",
  "\t": "tab",
  "\u007F": "backspace",
  "\b": "backspace",
  "\u0001": "ctrl-a",
  "\u0002": "ctrl-b",
  "\u0003": "ctrl-c",
  "\u0004": "ctrl-d",
  "\u0005": "ctrl-e",
  "\u000B": "ctrl-k",
  "\u000C": "ctrl-l",
  "\u000E": "ctrl-n",
  "\u0010": "ctrl-p",
  "\u0015": "ctrl-u",
  "\u0017": "ctrl-w",
  "\u0019": "ctrl-y",
};

const SEQUENCES: Readonly<Record<string, KeyName>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  OA: "up",
  OB: "down",
  OC: "right",
  OD: "left",
  "[H": "home",
  "[F": "end",
  OH: "home",
  OF: "end",
  "[1~": "home",
  "[4~": "end",
  "[7~": "home",
  "[8~": "end",
  "[3~": "delete",
  "[5~": "page-up",
  "[6~": "page-down",
  "[1;3A": "alt-up",
  "[1;3B": "alt-down",
  "\r": "line",
  "\n": "line",
};

const PASTE_BEGIN = "\u001B[200~";
const PASTE_END = "\u001B[201~";
/** CSI parameters and the final byte, SS3 and its byte, or Alt with one key. */
// eslint-disable-next-line no-control-regex
const ESCAPED = /^\u001B(?:(\[[0-9;?<>=]*[@-~])|(O[A-Za-z])|([^[O]))/s;
/** A paste longer than this is cut: a message holds far less. */
const LONGEST_PASTE_CHARS = 1_048_576;

/** Reads keys from pieces of input. */
export interface KeyReader {
  feed(piece: string): void;
  /** Nothing has followed for a moment: what is left is a lone Escape. */
  flush(): void;
  /** whether `flush` has something to decide */
  readonly isPending: boolean;
}

/** Builds a reader that hands each key on. */
export function createKeyReader(onKey: (key: Key) => void): KeyReader {
  let held = "";

  /** @returns how many characters were taken; 0 when more must come */
  const takeEscape = (): number => {
    if (held.startsWith(PASTE_BEGIN)) {
      const end = held.indexOf(PASTE_END);
      if (end < 0) return 0;
      onKey({
        kind: "paste",
        text: held.slice(PASTE_BEGIN.length, Math.min(end, PASTE_BEGIN.length + LONGEST_PASTE_CHARS)),
      });
      return end + PASTE_END.length;
    }
    const match = ESCAPED.exec(held);
    if (match === null) return 0;
    const name = SEQUENCES[match[1] ?? match[2] ?? match[3] ?? ""];
    if (name !== undefined) onKey({ kind: "named", name });
    else if (match[3] === "\u001B") {
      onKey({ kind: "named", name: "escape" });
      return 1;
    }
    return match[0].length;
  };

  const take = (): number => {
    const first = held.charAt(0);
    if (first === "\u001B") return takeEscape();
    const name = CONTROL[first];
    if (name !== undefined) {
      onKey({ kind: "named", name });
      return 1;
    }
    if (first < " ") return 1;
    // eslint-disable-next-line no-control-regex
    const text = /^[^\u0000-\u001F\u007F]+/.exec(held)?.[0] ?? first;
    onKey({ kind: "text", text });
    return text.length;
  };

  return {
    feed(piece) {
      held += piece;
      while (held !== "") {
        const taken = take();
        if (taken === 0) break;
        held = held.slice(taken);
      }
    },
    flush() {
      // A paste that has begun ends when the terminal says so, however slowly it comes.
      if (held === "" || held.startsWith(PASTE_BEGIN)) return;
      const rest = held.slice(1);
      held = "";
      onKey({ kind: "named", name: "escape" });
      if (rest !== "") this.feed(rest);
    },
    get isPending() {
      return held !== "";
    },
  };
}
