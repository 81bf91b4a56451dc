import { LANGUAGES } from "../i18n/languages.ts";
import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { CLIENT_CODES } from "@chapar/client";
import { isInviteHash, readPlace } from "./navigation.ts";
import { findGroupLink, findInvite, inviteBeside } from "./invite.ts";
import { problemFrom, problemOf } from "./problem.ts";
import { readSettings } from "./settings.ts";
import { messages as first } from "../i18n/en.first.gen.ts";
import { messages as devices } from "../i18n/en.devices.gen.ts";
import { messages as groups } from "../i18n/en.groups.gen.ts";
import { messages as help } from "../i18n/en.help.gen.ts";
import { messages as late } from "../i18n/en.late.gen.ts";
import { messages as lock } from "../i18n/en.lock.gen.ts";
import { messages as media } from "../i18n/en.media.gen.ts";
import { messages as talk } from "../i18n/en.talk.gen.ts";
import { messages as tools } from "../i18n/en.tools.gen.ts";
import { messages as trust } from "../i18n/en.trust.gen.ts";

describe("problems as sentences", () => {
  it("every code of the engine has a sentence and an action, none of them the last resort", () => {
    for (const code of Object.keys(CLIENT_CODES)) {
      const { text, action, code: kept } = problemOf(code);
      // A closed client is our own fault, and all there is to say of it is that nothing was lost.
      if (code !== "client/closed") expect(text, code).not.toBe("errorOther");
      expect(
        { ...first, ...late, ...lock, ...trust, ...help, ...tools, ...talk, ...devices, ...groups, ...media }[action],
      ).toBeTypeOf("string");
      expect(kept).toBe(code);
    }
  });

  it("codes of the packages below and of stations are known by their family", () => {
    expect(problemOf("log/inconsistent").text).toBe("errorFault");
    expect(problemOf("e2e/bad-tag").text).toBe("errorFault");
    expect(problemOf("station/never-heard-of").text).toBe("errorRefusedRoute");
    expect(problemOf("carrier/unreachable").text).toBe("errorNetwork");
  });

  it("what is no error of ours says nothing of itself", () => {
    expect(problemFrom(new Error("secret"))).toMatchObject({ text: "errorOther", code: undefined });
    expect(problemFrom("x").text).toBe("errorOther");
    expect(problemOf("client/<script>").code).toBeUndefined();
    expect(problemFrom(new DOMException("", "QuotaExceededError")).text).toBe("errorStorage");
  });
});

describe("settings", () => {
  it("follow the browser's languages at first, with that language's calendar and digits", () => {
    expect(readSettings(null, ["de", "fa-IR", "en"], true)).toMatchObject({
      language: "fa",
      calendar: "persian",
      digits: "arabext",
      sendKey: "ctrl",
    });
    expect(readSettings(null, ["de"], false)).toMatchObject({
      language: "en",
      calendar: "gregory",
      digits: "latn",
      sendKey: "enter",
    });
  });

  it("keep what was chosen, each apart", () => {
    const stored = JSON.stringify({ language: "fa", digits: "latn", textPercent: 150 });
    expect(readSettings(stored, [], false)).toMatchObject({
      language: "fa",
      digits: "latn",
      calendar: "persian",
      textPercent: 150,
    });
  });

  it("are total: any stored text gives settings", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (stored) =>
        LANGUAGES.includes(readSettings(stored, [], false).language),
      ),
    );
  });
});

describe("places", () => {
  it("a fragment is a conversation, or an invite, or the list", () => {
    expect(readPlace("#c/abc234", null)).toMatchObject({ conversation: "abc234", sheet: undefined, depth: 0 });
    expect(readPlace("#c/abc234", { sheet: "settings", depth: 2 })).toMatchObject({ sheet: "settings", depth: 2 });
    expect(readPlace("#c/../x", null).conversation).toBeUndefined();
    expect(isInviteHash("#i/AQ")).toBe(true);
    expect(isInviteHash("#c/abc")).toBe(false);
    expect(isInviteHash("")).toBe(false);
  });

  it("a link into a group is found in what a person pasted, and the invite beside it", () => {
    const link = "https://station.example/#g/AQab_-1.AQcd_-2";
    expect(findGroupLink(`come: ${link} tonight`)).toBe(link);
    expect(findGroupLink("https://station.example/#i/AQcd")).toBeUndefined();
    expect(inviteBeside(link)).toBe("https://station.example/#i/AQcd_-2");
    expect(inviteBeside("chapar:g/AQab.AQcd")).toBe("chapar:i/AQcd");
  });

  it("an invite is found in what a person pasted", () => {
    expect(findInvite("سلام، این را باز کن: https://s.example/#i/AQE_-9 \nممنون")).toBe("https://s.example/#i/AQE_-9");
    expect(findInvite("  chapar:i/AQE \n")).toBe("chapar:i/AQE");
  });
});
