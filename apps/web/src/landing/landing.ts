/*
 * S1, the invite landing: takes over the form that the page brought. The words are already there in every language; this
 * adds what they do. Everything happens on the device: joining makes keys, opening makes a conversation, and neither
 * waits for a network.
 */
import { effect, signal } from "@preact/signals";
import { plainName } from "../format/bidi.ts";
import { regionName } from "../format/region.ts";
import { LANGUAGES } from "../i18n/languages.ts";
import { loadLanguage, loadLateWords, t } from "../i18n/translate.ts";
import { engine } from "../state/engine.ts";
import { findGroupLink, findInvite, inviteBeside } from "../state/invite.ts";
import { problemFrom } from "../state/problem.ts";
import type { Problem } from "../state/problem.ts";
import { changeSettings, settings } from "../state/settings.ts";

/** What the landing ended with. */
export interface Joined {
  /** undefined after an invite to a station: there is nobody to write to yet */
  readonly conversation: string | undefined;
}

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

function followLanguage(button: Element): void {
  button.addEventListener("click", () => {
    const language = LANGUAGES.find((known) => known === button.getAttribute("data-language"));
    if (language !== undefined) void loadLanguage(language).then(() => changeSettings({ language }));
  });
}

/** Takes the landing over; answers when the person has joined. */
export function runLanding(firstInvite: string | undefined): Promise<Joined> {
  const root = document.documentElement;
  const invite = signal(firstInvite);
  const problem = signal<Problem | undefined>(undefined);
  const phase = signal<"idle" | "loading" | "making">("idle");
  const rests = signal<{ readonly station: string; readonly region: string } | undefined>(undefined);
  const nameForm = part("name-form");
  const openForm = part("open-form");
  const nameField = part("name") as HTMLInputElement;
  const linkField = part("link") as HTMLTextAreaElement;

  const follow = [
    effect(() => {
      const words = problem.value === undefined ? "" : t(problem.value.text);
      if (problem.value !== undefined) void loadLateWords().catch(() => {});
      for (const place of document.querySelectorAll(".landing .problem")) place.textContent = words;
      nameField.setAttribute("aria-invalid", String(problem.value !== undefined));
    }),
    effect(() => {
      const { value } = phase;
      part("start").setAttribute("aria-disabled", String(value !== "idle"));
      const at = rests.value;
      const words =
        value === "loading"
          ? t("landingLoading")
          : value === "making"
            ? t("landingPreparing")
            : at === undefined
              ? ""
              : t("landingStation", { station: at.station, region: regionName(settings.value.language, at.region) });
      part("status").textContent = words;
      part("line").classList.toggle("seeking", value !== "idle" || at === undefined);
    }),
    effect(() => {
      root.dataset["start"] = invite.value === undefined ? "open" : "invite";
    }),
  ];

  let isOfGroup = false;
  const show = async (text: string): Promise<void> => {
    const client = await engine();
    const group = findGroupLink(text);
    isOfGroup = group !== undefined;
    const link = group === undefined ? findInvite(text) : inviteBeside(group);
    try {
      const { station, name } = client.preview(link);
      rests.value = { station: plainName(station.name), region: station.region };
      for (const place of document.querySelectorAll("[data-arg]")) place.textContent = plainName(name ?? "");
      if (name === undefined) delete root.dataset["named"];
      else root.dataset["named"] = "";
      invite.value = link;
      problem.value = undefined;
    } catch (error) {
      invite.value = undefined;
      problem.value = problemFrom(error);
    }
  };

  part("already").addEventListener("click", () => {
    void import("../devices/returning.tsx").then(({ openReturning }) =>
      // The profile is there: the app begins with it, as after any other start.
      openReturning(invite.peek() ?? linkField.value, () => root.dispatchEvent(new Event("returned"))),
    );
  });

  for (const button of document.querySelectorAll("[data-language]")) followLanguage(button);

  return new Promise((resolve) => {
    const join = async (): Promise<void> => {
      const name = nameField.value.trim();
      if (phase.peek() !== "idle") return;
      if (name === "") {
        problem.value = problemFrom({ code: "client/bad-name" });
        nameField.focus();
        return;
      }
      problem.value = undefined;
      phase.value = "loading";
      try {
        const client = await engine();
        const link = invite.peek() ?? "";
        phase.value = "making";
        if (client.me() === undefined) await client.join(link, name);
        const isChat = !isOfGroup && client.preview(link).kind === "person";
        const conversation = isChat ? await client.open(link) : undefined;
        for (const stop of follow) stop();
        resolve({ conversation });
      } catch (error) {
        phase.value = "idle";
        problem.value = problemFrom(error);
        nameField.focus();
      }
    };
    nameForm.addEventListener("submit", (event) => {
      event.preventDefault();
      void join();
    });
    nameField.addEventListener("input", () => (problem.value = undefined));
    openForm.addEventListener("submit", (event) => {
      event.preventDefault();
      void show(linkField.value).then(() => invite.peek() !== undefined && nameField.focus());
    });
    linkField.addEventListener("input", () => (problem.value = undefined));
    part("file").addEventListener("change", (event) => {
      const file = (event.currentTarget as HTMLInputElement).files?.[0];
      if (file !== undefined) void file.text().then(show);
    });
    addEventListener("hashchange", () => {
      if (location.hash.startsWith("#i/")) void show(location.href);
    });

    // What was pressed before this code was here.
    const { pressed } = root.dataset;
    root.dataset["app"] = "";
    if (pressed === "name-form") void join();
    else if (pressed === "open-form") void show(linkField.value);
    else if (firstInvite !== undefined) void show(firstInvite);
  });
}
