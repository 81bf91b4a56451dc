/*
 * Where a lock was put on, what stands before the app: it opens the profile that is meant and nothing before that. After a wipe, and where
 * there is no lock after all, it opens what any first visit opens.
 */
import { openClient } from "@chapar/client/web";
import { optionsOf, webLock } from "@chapar/client/web-lock";
import type { Unlocked } from "@chapar/client/web-lock";
import { render } from "preact";
import { loadWords } from "../i18n/translate.ts";
import type { Client } from "../state/client-types.ts";
import { followFont } from "../state/font.ts";
import { mlsWorker } from "../state/start-engine.ts";
import { lockMode, openedAt } from "./current.ts";
import { LockScreen } from "./lock-screen.tsx";
import { forgetPrefs } from "./prefs.ts";

/** What the page shows next: the app, or the landing of a first visit. */
function startsWith(isJoined: boolean): void {
  const first = location.hash.startsWith("#i/") ? "invite" : "open";
  document.documentElement.dataset["start"] = isJoined ? "joined" : first;
}

async function openFirst(): Promise<Client> {
  lockMode.value = "none";
  const client = await openClient({ mlsWorker });
  startsWith(client.me() !== undefined);
  return client;
}

async function openUnlocked(unlocked: Unlocked): Promise<Client> {
  const client = await openClient({ ...optionsOf(unlocked), mlsWorker });
  openedAt(unlocked);
  startsWith(client.me() !== undefined);
  return client;
}

/** Shows the lock until something opens. @returns undefined after a wipe */
async function askAtLock(words: Promise<unknown>): Promise<Unlocked | undefined> {
  await Promise.all([words, loadWords("lock")]);
  followFont();
  const parent = document.body.appendChild(document.createElement("div"));
  const opened = await new Promise<Unlocked | undefined>((resolve) =>
    render(<LockScreen lock={webLock} onOpen={resolve} />, parent),
  );
  render(null, parent);
  parent.remove();
  return opened;
}

/**
 * Opens the profile that the lock gives.
 *
 * @param words  of the language, on their way
 */
export async function passLock(words: Promise<unknown>): Promise<Client> {
  const state = await webLock.state();
  if (state === "off") {
    const unlocked = await webLock.unlockOff();
    lockMode.value = "off";
    if (unlocked !== undefined) return await openUnlocked(unlocked);
  }
  if (state === "none") {
    // It was never finished: the profile is where it was.
    forgetPrefs();
    return await openFirst();
  }
  const unlocked = await askAtLock(words);
  if (unlocked === undefined) return await openFirst();
  lockMode.value = "locked";
  return await openUnlocked(unlocked);
}
