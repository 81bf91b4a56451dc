/*
 * Starts the worker that does the group encryption. It may be begun before anything is asked of it, so that its script is here, and
 * understood, when the first letter is to be sealed.
 */
import { GROUPS_WORKER, ownScript } from "./trusted.ts";

let ahead: Worker | undefined;
let isTaken = false;

const start = (): Worker => new Worker(ownScript(GROUPS_WORKER), { type: "module", name: "groups" });

/** Begins a worker, if none was asked for yet. */
export function beginMlsWorker(): void {
  if (isTaken || ahead !== undefined) return;
  const worker = start();
  // Its script did not come; whoever asks tries again.
  worker.addEventListener("error", () => {
    if (ahead === worker) ahead = undefined;
  });
  ahead = worker;
}

/** The worker that was begun, or another. */
export function takeMlsWorker(): Worker {
  isTaken = true;
  const worker = ahead ?? start();
  ahead = undefined;
  return worker;
}
