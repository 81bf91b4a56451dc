/*
 * A weir in a page's line: it counts what flows, and from a mark on lets nothing through, either way. What came to it
 * then is lost, as on a line that died; a page that is loaded again gets a new one.
 */
import type { Page } from "playwright-core";

export class Weir {
  #sent = 0;
  #received = 0;
  #mostSent = Number.POSITIVE_INFINITY;
  #mostReceived = Number.POSITIVE_INFINITY;

  /** Bytes since the weir was last set. */
  get sent(): number {
    return this.#sent;
  }

  get received(): number {
    return this.#received;
  }

  /** Stands in every line that the page makes from its next load on. */
  async stand(page: Page): Promise<void> {
    await page.routeWebSocket(/./u, (line) => {
      const station = line.connectToServer();
      line.onMessage((message) => {
        this.#sent += message.length;
        if (this.#isOpen()) station.send(message);
      });
      station.onMessage((message) => {
        this.#received += message.length;
        if (this.#isOpen()) line.send(message);
      });
    });
  }

  /** Counts anew, and lets no more than this through. */
  set(most: { readonly sent?: number; readonly received?: number } = {}): void {
    [this.#sent, this.#received] = [0, 0];
    this.#mostSent = most.sent ?? Number.POSITIVE_INFINITY;
    this.#mostReceived = most.received ?? Number.POSITIVE_INFINITY;
  }

  #isOpen(): boolean {
    return this.#sent <= this.#mostSent && this.#received <= this.#mostReceived;
  }
}
