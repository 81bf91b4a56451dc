/*
 * What lies around the app and is no part of a screen: the palette, the keyboard's sheet, finding in a chat, the word that there is no
 * connection, the offer to install. A tree of its own, so that the first message does not wait for it.
 */
import { useSignal } from "@preact/signals";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { loadWords, t } from "../i18n/translate.ts";
import { chats } from "../state/chats.ts";
import { route } from "../state/engine.ts";
import { install, installOffer } from "../state/install.ts";
import { notify } from "../state/toasts.ts";
import { FindBar } from "./find-bar.tsx";
import { followKeyboard } from "./keyboard.ts";
import { KeysSheet } from "./keys-sheet.tsx";
import { followNotices } from "./notices.ts";
import { Palette } from "./palette.tsx";
import { tool } from "./tool.ts";
import css from "./tools.module.css";

/** Shorter breaks are no news. */
const OFFLINE_AFTER_MS = 2000;
const ASKED = "chapar.install-asked";

/** "No connection", once that has been so for a while; writing goes on behind it. */
function Offline(): JSX.Element | null {
  const { state, queued } = route.value;
  const isAway = state === "offline" || state === "seeking";
  const isLong = useSignal(false);
  useEffect(() => {
    isLong.value = false;
    if (!isAway) return undefined;
    const timer = setTimeout(() => (isLong.value = true), OFFLINE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isAway]);
  const isShown = isAway && isLong.value;
  useEffect(() => {
    document.documentElement.toggleAttribute("data-away", isShown);
  }, [isShown]);
  return (
    <div class={css.offline} role="status" data-shown={isShown}>
      {isShown ? t("toolOffline", { count: queued }) : ""}
    </div>
  );
}

/** Offers to install once, when the second conversation is there. */
function useInstallOffer(): void {
  const isTime = (chats.value?.length ?? 0) >= 2 && installOffer.value !== undefined;
  useEffect(() => {
    if (!isTime) return;
    try {
      if (localStorage.getItem(ASKED) !== null) return;
      localStorage.setItem(ASKED, "1");
    } catch {
      return; // Without a memory it would be asked at every start.
    }
    notify("toolInstall", { action: { label: "toolInstallYes", run: () => void install() } });
  }, [isTime]);
}

function Layer(): JSX.Element {
  useInstallOffer();
  return (
    <>
      <Offline />
      {tool.value === "palette" && <Palette />}
      {tool.value === "keys" && <KeysSheet />}
      {tool.value === "find" && <FindBar />}
    </>
  );
}

/** Brings the words, listens to keys and puts the layer into the page; answers what takes it away again. */
export async function mountLayer(): Promise<() => void> {
  await loadWords("tools");
  const stops = [followKeyboard(), followNotices()];
  const root = document.createElement("div");
  document.body.prepend(root);
  render(<Layer />, root);
  return () => {
    render(null, root);
    root.remove();
    for (const stop of stops) stop();
  };
}
