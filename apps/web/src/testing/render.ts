/*
 * Puts a component into the test browser's page with the app's base style, language, direction and an in-memory engine.
 */
import { h, render } from "preact";
import type { ComponentType } from "preact";
import { loadLanguage, loadLateWords } from "../i18n/translate.ts";
import { forgetDecided } from "../chats/settings.ts";
import { filter, query } from "../state/chat-filter.ts";
import { chats, followChats } from "../state/chats.ts";
import { adoptEngine } from "../state/engine.ts";
import { openChats } from "../state/navigation.ts";
import { changeSettings, followSettings } from "../state/settings.ts";
import type { Language } from "../i18n/languages.ts";
// oxlint-disable-next-line no-unassigned-import -- a style has nothing to assign
import "../styles/base.css";
import { MemoryClient } from "./memory-client.ts";

export interface World {
  readonly client: MemoryClient;
  readonly root: HTMLElement;
  show<P extends object>(component: ComponentType<P>, props: P): void;
  close(): void;
}

/** A fresh page in a language, with an engine that has an account. */
export async function openWorld(language: Language): Promise<World> {
  const stops: (() => void)[] = [followSettings(document.documentElement)];
  await loadLanguage(language);
  await loadLateWords();
  changeSettings({ language });
  openChats();
  chats.value = undefined;
  query.value = "";
  filter.value = "all";
  const client = new MemoryClient();
  client.become("Dara");
  stops.push(adoptEngine(client), followChats());
  const root = document.body.appendChild(document.createElement("div"));
  root.style.blockSize = "600px";
  return {
    client,
    root,
    show: (component, props) => render(h(component, props), root),
    close: () => {
      render(null, root);
      root.remove();
      for (const stop of stops) stop();
      forgetDecided();
    },
  };
}

/** Waits until a check passes; the last failure is told when it never does. */
export async function until(check: () => void, limitMs = 4000): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      check();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }
}
