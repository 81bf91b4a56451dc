/*
 * One's own invite link, made once per visit, and the ways to hand it on.
 */
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { t } from "../i18n/translate.ts";
import { engine } from "./engine.ts";
import { problemFrom } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { notify } from "./toasts.ts";

export const inviteLink: Signal<string | undefined> = signal(undefined);
export const inviteProblem: Signal<Problem | undefined> = signal(undefined);
let asking: Promise<void> | undefined;

/** Makes the link when there is none yet. */
export function askInvite(): Promise<void> {
  if (inviteLink.peek() !== undefined) return Promise.resolve();
  inviteProblem.value = undefined;
  asking ??= (async () => {
    try {
      inviteLink.value = await (await engine()).invite();
    } catch (error) {
      inviteProblem.value = problemFrom(error);
    } finally {
      asking = undefined;
    }
  })();
  return asking;
}

/** Whether the device has a share sheet of its own. */
export const canShare: boolean = typeof navigator !== "undefined" && "share" in navigator;

/** Opens the device's share sheet; a person who closes it has not failed. */
export async function shareInvite(link: string): Promise<void> {
  try {
    await navigator.share({ text: t("inviteShareText"), url: link });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) await copyInvite(link);
  }
}

/** Puts the link on the clipboard. */
export async function copyInvite(link: string): Promise<void> {
  await navigator.clipboard.writeText(link);
  notify("inviteCopied");
}

/** The link as a small file, to be handed on without a network. */
export function inviteFile(link: string): Blob {
  return new Blob([`${link}\n`], { type: "text/plain" });
}

/** Finds the invite in what a person pasted or a file holds: the first link with a fragment, or the text itself. */
export function findInvite(text: string): string {
  return /\S+#[a-z]\/\S+/iu.exec(text)?.[0] ?? text.trim();
}

/** The link into a group or a channel in what a person pasted or opened, if there is one. */
export function findGroupLink(text: string): string | undefined {
  return /\S*[#:][gb]\/[\w-]+\.[\w-]+/u.exec(text)?.[0];
}

/** The invite that a link into a group or a channel has beside it: to whoever made it. */
export function inviteBeside(link: string): string {
  return link.replace(/[gb]\/[\w-]+\./u, "i/");
}
