/*
 * What stands on the terminal while the chat is locked (protocol/19-device.md A-41): a line that asks for the PIN, and nothing of the
 * profile, not even how long what was typed is.
 */
import { clip } from "./cells.ts";
import type { Key } from "./keys.ts";
import type { Frame, Size } from "./model.ts";

/** What came of a PIN: it opened · there is nothing any more · why it did not, in words. */
export type LockAnswer = { readonly is: "opened" | "gone" } | { readonly is: "refused"; readonly says: string };

/** What the lock screen needs of its surroundings. */
export interface LockPorts {
  try(pin: string): Promise<LockAnswer>;
  redraw(): void;
  /** the person leaves, the profile was opened, or it is gone */
  end(how: "left" | "opened" | "gone"): void;
}

/** Asks until a PIN opens. */
export class LockScreen {
  readonly #ports: LockPorts;
  #typed = "";
  #says = "";
  #isTrying = false;

  constructor(ports: LockPorts) {
    this.#ports = ports;
  }

  /** Takes a key. */
  press(key: Key): void {
    if (key.kind === "named" && key.name === "ctrl-c") return this.#ports.end("left");
    // What is typed during an attempt belongs to none.
    if (this.#isTrying) return;
    if (key.kind !== "named") this.#typed += key.text.replaceAll(/[\r\n]/gu, "");
    else if (key.name === "backspace") this.#typed = Array.from(this.#typed).slice(0, -1).join("");
    else if (key.name === "ctrl-u") this.#typed = "";
    else if (key.name === "enter" && this.#typed !== "") void this.#try();
  }

  async #try(): Promise<void> {
    const pin = this.#typed;
    this.#typed = "";
    this.#isTrying = true;
    this.#says = "One moment.";
    this.#ports.redraw();
    const answer = await this.#ports.try(pin);
    this.#isTrying = false;
    this.#says = answer.is === "refused" ? answer.says : "";
    if (answer.is === "refused") this.#ports.redraw();
    else this.#ports.end(answer.is);
  }

  frame({ columns, rows }: Size): Frame {
    const ask = "PIN or passphrase: ";
    const lines = ["", "Locked.", "", ask, "", this.#says, "", "Enter opens · Ctrl-C leaves"];
    const shown = lines.slice(0, rows).map((line) => clip(line, columns));
    return { lines: shown, cursor: { row: Math.min(3, rows - 1), column: Math.min(ask.length, columns - 1) } };
  }
}
