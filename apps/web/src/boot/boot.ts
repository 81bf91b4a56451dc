/*
 * Inlined into the page's head (its hash is in the policy): sets language, direction, theme and text size before the
 * first paint, says who invites, and takes a press on "Start writing" that comes before the app does. Small, because it
 * travels in the first packet; the app takes over everything it begins.
 */
import { plainName } from "../format/bidi.ts";
import { isLanguage, LANGUAGE_FACTS } from "../i18n/languages.ts";
import type { Language } from "../i18n/languages.ts";
import { inviterName } from "./invite-name.ts";

const root = document.documentElement;
const data = root.dataset;

let held: Record<string, unknown> = {};
let isJoined = false;
try {
  held = (JSON.parse(localStorage.getItem("chapar.settings") ?? "{}") ?? {}) as Record<string, unknown>;
  isJoined = localStorage.getItem("chapar.joined") !== null;
  // Whose profile it is, if any, the lock says (src/lock).
  if (localStorage.getItem("chapar.lock") !== null) data["lock"] = "";
  // Under which name the app is installed was chosen (src/lock/shown-name.ts).
  const { kind, text, language } = (JSON.parse(localStorage.getItem("chapar.name") ?? "{}") ?? {}) as Record<
    string,
    unknown
  >;
  if (kind === "notes" || kind === "clock") {
    document.title = String(text);
    const files = {
      manifest: `${kind}-${String(language)}.webmanifest`,
      icon: `${kind}.svg`,
      "apple-touch-icon": `${kind}-192.png`,
    };
    for (const [rel, file] of Object.entries(files))
      document.querySelector(`link[rel="${rel}"]`)?.setAttribute("href", `/${file}`);
  }
} catch {
  // Storage forbidden or damaged: this visit begins with defaults.
}

function speak(language: Language): void {
  root.lang = language;
  root.dir = LANGUAGE_FACTS[language].direction;
  for (const button of document.querySelectorAll("[data-language]"))
    button.setAttribute("aria-pressed", String(button.getAttribute("data-language") === language));
}

const chosen = held["language"];
speak(isLanguage(chosen) ? chosen : (navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? "en"));
const { theme, textPercent } = held;
if (theme === "light" || theme === "dark") data["theme"] = theme;
if (typeof textPercent === "number" && textPercent >= 85 && textPercent <= 200) root.style.fontSize = `${textPercent}%`;

const isInvite = location.hash.startsWith("#i/");
data["start"] = location.pathname.endsWith("/help")
  ? "help"
  : isJoined || "lock" in data
    ? "joined"
    : isInvite
      ? "invite"
      : "open";
const name = plainName(inviterName(location.hash) ?? "");
if (name !== "") data["named"] = "";

addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-arg]")) place.textContent = name;
  speak(root.lang as Language);
});
addEventListener("click", (event) => {
  const language = (event.target as Element).closest("[data-language]")?.getAttribute("data-language");
  if (!isLanguage(language)) return;
  speak(language);
  try {
    localStorage.setItem("chapar.settings", JSON.stringify({ ...held, language }));
  } catch {
    // In force for this visit.
  }
});
// Kept until the app is here; see landing.ts.
addEventListener("submit", (event) => {
  event.preventDefault();
  if (data["app"] === undefined) data["pressed"] = (event.target as HTMLFormElement).id;
});
