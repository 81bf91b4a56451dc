/* A QR code for a terminal: half blocks, two modules a character, drawn so that it reads on light and dark grounds. */
import { encode } from "uqr";

const QUIET_MODULES = 2;
/** Black on white, whatever the terminal's own colours are: a scanner wants dark modules on a light ground. */
const PAINT = "\u001B[30;107m";
const PLAIN = "\u001B[0m";

/**
 * The lines of a code.
 *
 * @param columns  width of the terminal; a code that is wider is not drawn (undefined): half a code helps nobody
 */
export function qrLines(text: string, columns: number): readonly string[] | undefined {
  const { data, size } = encode(text, { border: QUIET_MODULES, ecc: "L" });
  if (size > columns) return undefined;
  const lines: string[] = [];
  for (let row = 0; row < size; row += 2) {
    let line = "";
    for (let column = 0; column < size; column += 1) {
      const upper = data[row]?.[column] === true;
      const lower = data[row + 1]?.[column] === true;
      line += upper ? (lower ? "█" : "▀") : lower ? "▄" : " ";
    }
    lines.push(`${PAINT}${line}${PLAIN}`);
  }
  return lines;
}
