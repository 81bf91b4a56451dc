/* Splits a stream of text into lines, with a bound on what is kept of a line that never ends. */

/**
 * @param onLine  each line without its end
 * @param onTooLong  once, when a line passes the bound; nothing is delivered after it
 * @returns takes the next piece of text
 */
export function splitLines(
  limitChars: number,
  onLine: (line: string) => void,
  onTooLong: () => void,
): (piece: string) => void {
  // Pieces are kept apart until the line is whole: joining a long line piece by piece would cost its square.
  let pieces: string[] = [];
  let heldChars = 0;
  let ended = false;
  return (piece) => {
    let from = 0;
    while (!ended) {
      const end = piece.indexOf("\n", from);
      const part = piece.slice(from, end < 0 ? undefined : end);
      heldChars += part.length;
      if (heldChars > limitChars) {
        ended = true;
        onTooLong();
        return;
      }
      pieces.push(part);
      if (end < 0) return;
      const line = pieces.join("");
      pieces = [];
      heldChars = 0;
      from = end + 1;
      onLine(line);
    }
  };
}
