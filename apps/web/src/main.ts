/*
 * The start: words and engine are fetched side by side; who has an account sees the app at once and the engine opens
 * behind it, who has none sees the landing that is already on the page.
 */
import { mountApp, preloadChats } from "./app.tsx";
import { loadLanguage, loadLateWords, t } from "./i18n/translate.ts";
import { runLanding } from "./landing/landing.ts";
import { followChats, loadChat } from "./state/chats.ts";
import { flushDrafts, loadDrafts } from "./state/drafts.ts";
import { adoptEngine, engine } from "./state/engine.ts";
import { findGroupLink, findInvite } from "./state/invite.ts";
import { followHistory, isInviteHash, openChats, openConversation, openSheet } from "./state/navigation.ts";
import { problemFrom } from "./state/problem.ts";
import { followSettings, settings } from "./state/settings.ts";
import { startEngine } from "./state/start-engine.ts";
import { notifyProblem } from "./state/toasts.ts";

/** Says to the next start, before its first paint, that the landing is not needed. */
const JOINED_KEY = "chapar.joined";

function remember(isJoined: boolean): void {
  try {
    if (isJoined) localStorage.setItem(JOINED_KEY, "1");
    else localStorage.removeItem(JOINED_KEY);
  } catch {
    // The next start will look a little longer.
  }
}

async function openInvite(link: string): Promise<void> {
  try {
    const group = findGroupLink(link);
    if (group !== undefined) {
      openChats();
      openSheet("join-group", group);
      return;
    }
    const client = await engine();
    const id = await client.open(findInvite(link));
    await loadChat(id);
    openConversation(id, { replace: true });
  } catch (error) {
    openChats();
    notifyProblem(error);
  }
}

function showApp(isFirst: boolean): void {
  document.getElementById("landing")?.remove();
  const parent = document.getElementById("app");
  if (parent !== null) mountApp(parent, { isFirst });
}

/** The engine did not open: one sentence, one button, whatever screen is there. */
async function failToStart(error: unknown): Promise<void> {
  // Without a network the late words may be missing; the button is there all the same.
  try {
    await loadLateWords();
  } catch {
    // The sentence stays empty, the button does not.
  }
  const problem = problemFrom(error);
  const page = document.createElement("main");
  page.className = "landing";
  const inside = page.appendChild(document.createElement("main"));
  const title = inside.appendChild(document.createElement("h1"));
  title.textContent = t("errorStart");
  const text = inside.appendChild(document.createElement("p"));
  text.className = "lead";
  text.textContent = t(problem.text);
  const button = inside.appendChild(document.createElement("button"));
  button.className = "primary";
  button.textContent = t(problem.remedy === "reload" ? problem.action : "errorReload");
  button.addEventListener("click", () => location.reload());
  delete document.documentElement.dataset["start"];
  document.body.replaceChildren(page);
  button.focus();
}

async function land(): Promise<void> {
  document.documentElement.addEventListener("returned", () => {
    remember(true);
    location.replace(location.pathname);
  });
  const invite = isInviteHash(location.hash) ? location.href : undefined;
  const { conversation } = await runLanding(invite);
  remember(true);
  const client = await engine();
  client.connect();
  followChats();
  const group = findGroupLink(invite ?? "");
  if (conversation === undefined) openChats();
  if (group !== undefined) openSheet("join-group", group);
  else if (conversation !== undefined) {
    await loadChat(conversation);
    openConversation(conversation, { replace: true });
  }
  showApp(true);
}

async function start(): Promise<void> {
  followSettings(document.documentElement);
  const { language } = settings.peek();
  const words = loadLanguage(language).catch(() => loadLanguage("en"));
  if (document.documentElement.dataset["start"] === "help") {
    await words;
    return (await import("./help/help-page.tsx")).mountHelp(document.getElementById("app") ?? document.body);
  }
  // Where a lock was put on, nothing of a profile is opened before its screen was passed.
  const isLocked = "lock" in document.documentElement.dataset;
  const opened = isLocked ? import("./lock/pass.tsx").then(({ passLock }) => passLock(words)) : startEngine();
  opened.catch(() => {});
  addEventListener("visibilitychange", flushDrafts);
  addEventListener("pagehide", flushDrafts);
  if (isLocked) await opened;
  const seemsJoined = document.documentElement.dataset["start"] === "joined";
  await words;
  followHistory((link) => void openInvite(link));
  if (seemsJoined) {
    followChats();
    void loadDrafts().catch(() => {});
    showApp(false);
  }
  const landing = seemsJoined ? undefined : land();
  const client = await opened;
  adoptEngine(client);
  const isJoined = client.me() !== undefined;
  if (isJoined) {
    void preloadChats().catch(() => {});
    client.connect();
  }
  if (seemsJoined && !isJoined) {
    // The browser lost the profile, or it was removed: begin again from the landing.
    remember(false);
    location.reload();
    return;
  }
  if (!seemsJoined && isJoined) {
    // The hint was lost, the profile is here.
    remember(true);
    followChats();
    void loadDrafts().catch(() => {});
    showApp(false);
  }
  if (isJoined && isInviteHash(location.hash)) await openInvite(location.href);
  if (!isJoined) await landing;
  const { startRest } = await import("./rest.ts");
  await startRest();
}

async function run(): Promise<void> {
  try {
    await start();
  } catch (error) {
    await failToStart(error);
  }
}

void run();
