/*
 * The terminal as a surface: the alternate screen in raw mode, redrawn line by line where something changed. What was on
 * the terminal before comes back at the end, also after an error.
 */
import type { Frame, Size } from "./model.ts";

const ENTER = "\u001B[?1049h\u001B[?2004h\u001B[?25l\u001B[2J";
const LEAVE = "\u001B[?25h\u001B[?2004l\u001B[?1049l";
/** Terminals that know it show a frame at once; the others ignore it. */
const BEGIN_FRAME = "\u001B[?2026h\u001B[?25l";
const END_FRAME = "\u001B[?2026l";
const FALLBACK: Size = { columns: 80, rows: 24 };

/** A terminal that is drawn on until disposed. */
export interface Screen extends Disposable {
  size(): Size;
  draw(frame: Frame): void;
  /** The next frame is drawn whole. */
  forget(): void;
  /** Takes what was shown off the screen, and what has been scrolled off it, as far as the terminal does that. */
  wipe(): void;
  /** Puts a text on the clipboard of the person's own machine (OSC 52), in logical order. */
  copy(text: string): void;
}

/** Takes the terminal over. */
export function openScreen(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Screen {
  let shown: readonly string[] = [];
  input.setRawMode(true);
  input.resume();
  output.write(ENTER);
  return {
    size: () => ({ columns: output.columns || FALLBACK.columns, rows: output.rows || FALLBACK.rows }),
    draw({ lines, cursor }) {
      let text = BEGIN_FRAME;
      for (const [row, line] of lines.entries()) {
        if (shown[row] !== line) text += `\u001B[${row + 1};1H\u001B[0m${line}\u001B[0m\u001B[K`;
      }
      if (lines.length < shown.length) text += `\u001B[${lines.length + 1};1H\u001B[J`;
      if (cursor !== undefined) text += `\u001B[${cursor.row + 1};${cursor.column + 1}H\u001B[?25h`;
      shown = lines;
      output.write(text + END_FRAME);
    },
    forget() {
      shown = [];
      output.write("\u001B[2J");
    },
    wipe() {
      shown = [];
      output.write("\u001B[0m\u001B[H\u001B[2J\u001B[3J");
    },
    copy(text) {
      output.write(`\u001B]52;c;${Buffer.from(text).toString("base64")}\u0007`);
    },
    [Symbol.dispose]() {
      output.write(LEAVE);
      input.setRawMode(false);
      input.pause();
    },
  };
}
