/* To a message of the open conversation, however far it is. */

const TRIES = 40;
const SHOWN_MS = 1600;

const frame = (): Promise<void> => new Promise((resolve) => requestAnimationFrame(() => resolve()));

const rowOf = (position: number): HTMLElement | null =>
  document.querySelector<HTMLElement>(`article[data-position="${position}"]`);

function scrollerOf(row: HTMLElement | null): HTMLElement | null {
  return row?.closest<HTMLElement>('[role="log"]') ?? document.querySelector<HTMLElement>('[role="log"]');
}

/** Scrolls to the message at a position, marks it for a moment and gives it the focus. */
export async function jumpTo(position: number): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const row = rowOf(position);
    if (row !== null) {
      row.scrollIntoView({ block: "center" });
      // In a long list rows change their places while they are measured; once more when they have them.
      await frame();
      row.scrollIntoView({ block: "center" });
      row.focus({ preventScroll: true });
      row.dataset["found"] = "true";
      setTimeout(() => delete row.dataset["found"], SHOWN_MS);
      return;
    }
    const scroller = scrollerOf(null);
    const count = Number(document.querySelector("article[aria-setsize]")?.getAttribute("aria-setsize") ?? 0);
    if (scroller === null || count === 0) return;
    scroller.scrollTop = (position / count) * scroller.scrollHeight - scroller.clientHeight / 2;
    await frame();
  }
}
