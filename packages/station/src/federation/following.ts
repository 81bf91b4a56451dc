/* How one mirror stands with its hub: on which link it is pushed to, and what its loop waits for. */
import type { LinkState } from "../session/services.ts";
import type { Mirror } from "./mirror.ts";

/** A mirror and its loop. */
export class Following {
  readonly mirror: Mirror;
  /** the link on which the hub pushes, when it does */
  session: LinkState | undefined;
  /** the link on which a grant was shown last, and its epoch; while the hub does not push, another one than `session` */
  granted: { readonly session: LinkState; readonly epoch: number } | undefined;
  /** nobody here reads the room any more */
  isOver = false;
  /** the hub could not be reached when it was dialed last */
  isCut = false;
  /** entries that the hub was told are durable here, on that link */
  ackedSize = 0;
  /** times in a row that what the hub sent could not be kept */
  failures = 0;
  /** something happened that the loop must look at; kept while it does not wait */
  isWoken = false;
  wait: AbortController | undefined;

  constructor(mirror: Mirror) {
    this.mirror = mirror;
  }
}

/** Has the loop look at what happened. */
export function wake(following: Following): void {
  following.isWoken = true;
  following.wait?.abort();
}
