/*
 * What a new message does outside its own list: it is announced politely, and counted in the window's title.
 */
import { effect } from "@preact/signals";
import { plainName, plainText } from "../format/bidi.ts";
import { neutralText } from "../lock/shown-name.ts";
import { formatNumber, t } from "../i18n/translate.ts";
import { announce } from "./announcer.ts";
import { unreadTotal } from "./chats.ts";
import { engine, onEngineEvent } from "./engine.ts";
import { currentConversation } from "./navigation.ts";

/** Longest stretch of a message read out by itself; the rest is one key away. */
const SPOKEN_LETTERS = 200;

async function announceLatest(conversation: string, message: string): Promise<void> {
  const last = (await (await engine()).conversation(conversation))?.last;
  if (last === undefined || last.mine || last.id !== message) return;
  // What stands for something else than a message says nothing by itself.
  if (last.gap !== undefined || last.personChange !== undefined) return;
  const name = plainName(last.senderName);
  const text = plainText(last.text).slice(0, SPOKEN_LETTERS);
  announce(text === "" ? t("announcePhoto", { name }) : t("announceMessage", { name, text }));
}

/** Begins to announce and count. */
export function followIncoming(): () => void {
  const stopEvents = onEngineEvent((event) => {
    if (event.type !== "message" || event.change !== "added") return;
    if (event.conversation !== currentConversation.peek()) return;
    void announceLatest(event.conversation, event.message);
  });
  const stopTitle = effect(() => {
    const count = unreadTotal.value;
    const neutral = neutralText();
    const unread = { count: formatNumber(count) };
    if (neutral !== undefined) document.title = count === 0 ? neutral : `(${unread.count}) ${neutral}`;
    else document.title = count === 0 ? t("appName") : t("titleUnread", unread);
  });
  return () => {
    stopEvents();
    stopTitle();
  };
}
