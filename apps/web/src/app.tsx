/*
 * The app: one pane with a stack on a phone, two from 600 px, three from 1024 px when a chat's details are open. Which
 * pane shows is decided by style alone; the screens do not know how wide the window is.
 */
import { useSignal, useSignalEffect } from "@preact/signals";
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "./i18n/translate.ts";
import { ConversationPane } from "./screens/conversation.tsx";
import { Sheets } from "./screens/sheets.tsx";
import { chats } from "./state/chats.ts";
import { currentConversation, goBack, openSheet, place } from "./state/navigation.ts";
import { viewed } from "./state/viewer.ts";
import { Button } from "./ui/controls.tsx";
import { lazy } from "./ui/lazy.tsx";
import { LiveRegion, ToastRegion } from "./ui/toast.tsx";
import css from "./app.module.css";

// Not on the way to the first message: who comes from an invite stands in a conversation.
const chatsPane = lazy(() => import("./screens/chats.tsx").then((part) => part.ChatsPane));
const details = lazy(() => import("./screens/details.tsx").then((part) => part.DetailsPane));

/** Brings the chat list while the person still types a name. */
export const preloadChats: () => Promise<void> = chatsPane.preload;

function useWide(): boolean {
  const query = "(width >= 1024px)";
  const wide = useSignal(matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const follow = (): void => void (wide.value = media.matches);
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  return wide.value;
}

function NothingOpen(): JSX.Element {
  // The invitation stands in the first pane already.
  if ((chats.value?.length ?? 0) === 0) return <section class={css.nothing}>{t("landingLead")}</section>;
  return (
    <section class={css.nothing}>
      <p class={css.nothingTitle}>{t("chatSelect")}</p>
      <p>{t("chatSelectText")}</p>
      <Button icon="invite" onClick={() => openSheet("new")}>
        {t("inviteTitle")}
      </Button>
    </section>
  );
}

/** Back on the list, the row one came from has the focus again. */
function useFocusReturn(): void {
  const before = useSignal(currentConversation.peek());
  useSignalEffect(() => {
    const now = currentConversation.value;
    const left = before.peek();
    before.value = now;
    if (now !== undefined || left === undefined) return;
    queueMicrotask(() => document.querySelector<HTMLElement>(`a[href="#c/${left}"]`)?.focus({ preventScroll: true }));
  });
}

function App({ isFirst }: { readonly isFirst: boolean }): JSX.Element {
  const isWide = useWide();
  // Only the conversation one arrives in opens with the keyboard up on a phone.
  const firstId = useRef(isFirst ? currentConversation.peek() : undefined);
  const id = currentConversation.value;
  const showsDetails = isWide && place.value.sheet === "details" && id !== undefined;
  useFocusReturn();
  const isCovered = (place.value.sheet !== undefined && !showsDetails) || viewed.value !== undefined;
  return (
    <main class={css.app} data-open={id !== undefined} data-details={showsDetails}>
      <h1 class="visually-hidden">{t("appName")}</h1>
      <div class={css.first}>
        <chatsPane.Component />
      </div>
      <div class={css.second}>
        {id !== undefined ? <ConversationPane key={id} id={id} isFirst={id === firstId.current} /> : <NothingOpen />}
      </div>
      {showsDetails && <details.Component onFail={goBack} />}
      <Sheets detailsDocked={showsDetails} />
      <LiveRegion />
      {!isCovered && <ToastRegion />}
    </main>
  );
}

/** Puts the app into the page. `isFirst`: coming from the landing, where the next thing to do is to write. */
export function mountApp(parent: HTMLElement, options: { readonly isFirst: boolean }): () => void {
  render(<App isFirst={options.isFirst} />, parent);
  return () => render(null, parent);
}
