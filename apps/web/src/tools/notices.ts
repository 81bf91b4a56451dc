/*
 * Notices, down the ladder of protocol/13-notifications.md: the browser's push service, an open tab, opening the app. What they say is
 * neutral whatever came. A muted chat says nothing while a tab is open; a push wakes for every chat, for the station knows none.
 */
import { effect, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { t } from "../i18n/translate.ts";
import { neutralText, shownIcon } from "../lock/shown-name.ts";
import { chatOf } from "../state/chats.ts";
import { engine, onEngineEvent, route } from "../state/engine.ts";

/** `push`: woken also when closed · `tab`: only while a tab is open, for the push service cannot be had · `denied`: by the browser */
export type Notices = "off" | "push" | "tab" | "denied" | "impossible";

const STORED = "chapar.notices";

function wanted(): boolean {
  try {
    return localStorage.getItem(STORED) === "on";
  } catch {
    return false;
  }
}

function want(isOn: boolean): void {
  try {
    if (isOn) localStorage.setItem(STORED, "on");
    else localStorage.removeItem(STORED);
  } catch {
    // In force for this visit.
  }
}

const canNotify = (): boolean => "Notification" in globalThis && "serviceWorker" in navigator;

function first(): Notices {
  if (!canNotify()) return "impossible";
  if (Notification.permission === "denied") return "denied";
  return wanted() && Notification.permission === "granted" ? "tab" : "off";
}

/** How this device is told now. */
export const notices: Signal<Notices> = signal(first());

/** Subscribes at the push service and leaves the address at the home. @returns whether both went well */
async function subscribe(): Promise<boolean> {
  const client = await engine();
  const key = await client.push.key();
  if (key === undefined) return false;
  const { pushManager } = await navigator.serviceWorker.ready;
  const held = await pushManager.getSubscription();
  const subscription =
    held ??
    (await pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: new Uint8Array(key),
    }));
  await client.push.put(subscription.endpoint);
  return true;
}

const noticeText = (): string => t(neutralText() === undefined ? "noticeSomething" : "noticeNeutral");

async function tellWorker(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ notice: noticeText(), icon: shownIcon() }, []);
}

/** Asks the browser, then the push service; without the latter an open tab tells. */
export async function turnOn(): Promise<void> {
  if (!canNotify()) return;
  const answer = await Notification.requestPermission();
  if (answer !== "granted") {
    notices.value = answer === "denied" ? "denied" : "off";
    return;
  }
  want(true);
  notices.value = "tab";
  await join();
}

/** No more notices; the home forgets the address. */
export async function turnOff(): Promise<void> {
  want(false);
  notices.value = "off";
  const subscription = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
  await subscription?.unsubscribe();
  await (await engine()).push.put("");
}

async function join(): Promise<void> {
  await tellWorker();
  const isWoken = await subscribe().catch(() => false);
  if (notices.peek() === "tab" && isWoken) notices.value = "push";
}

/** Tells of a message that came while nobody looks at the tab. */
async function tellOf(conversation: string): Promise<void> {
  if (document.visibilityState === "visible" || !["tab", "push"].includes(notices.peek())) return;
  const chat = chatOf(conversation);
  if (chat?.last === undefined || chat.last.mine || (await isMuted(conversation))) return;
  const registration = await navigator.serviceWorker.ready;
  await registration.showNotification(noticeText(), { tag: "chapar", icon: shownIcon() });
}

async function isMuted(conversation: string): Promise<boolean> {
  const views = await (await engine()).chats.list();
  return views.find(({ id }) => id === conversation)?.mutedUntilMs !== undefined;
}

/** Keeps the subscription while there is a way to the home, and tells of messages. */
export function followNotices(): () => void {
  const stopEvents = onEngineEvent((event) => {
    if (event.type === "message" && event.change === "added") void tellOf(event.conversation).catch(() => {});
  });
  const stopRoute = effect(() => {
    if (route.value.state === "open" && notices.value === "tab") void join().catch(() => {});
  });
  return () => {
    stopEvents();
    stopRoute();
  };
}
