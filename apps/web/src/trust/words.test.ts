/* What every kind of alert says, in both languages: somebody does something, and nobody else is blamed for it. */
import { beforeEach, describe, expect, it } from "vitest";
import { loadLanguage, loadWords } from "../i18n/translate.ts";
import { chats } from "../state/chats.ts";
import type { AlertCode, AlertView } from "../state/client-types.ts";
import { me } from "../state/engine.ts";
import { changeSettings } from "../state/settings.ts";
import { blameOf, blameText, cameBack, explanationOf, sayingOf, sinceOf, stateOf, titleOf } from "./words.ts";

const STATION = { key: "k".repeat(52), name: "Nord", region: "DE", urls: [] };
const BY: Readonly<Record<AlertCode, ReturnType<typeof blameOf>>> = {
  withheld: "station",
  altered: "station",
  forked: "station",
  "rolled-back": "station",
  hidden: "station",
  backdated: "station",
  "expired-early": "station",
  "pruned-early": "station",
  duplicated: "station",
  "removed-unlogged": "station",
  "log-forked": "station",
  "log-stale": "nobody",
  "witness-lost": "nobody",
  "other-board": "nobody",
  restored: "nobody",
  "no-answer": "witness",
  "hidden-op": "station",
  "foreign-op": "station",
  "chain-forked": "keys",
};
const CODES = Object.keys(BY) as readonly AlertCode[];

function alertOf(code: AlertCode, change: Partial<AlertView> = {}): AlertView {
  return {
    id: code,
    code,
    station: STATION,
    conversation: undefined,
    person: "sara",
    noticedAtMs: 0,
    sinceMs: undefined,
    state: "open",
    missing: 0,
    restored: 0,
    proof: undefined,
    seen: false,
    ...change,
  };
}

const plain = (text: string): string => text.replaceAll(/[\u2068\u2069]/gu, "");

describe.each(["en", "fa"] as const)("alerts in %s", (language) => {
  beforeEach(async () => {
    changeSettings({ language });
    await loadLanguage(language);
    await Promise.all([loadWords("late"), loadWords("trust")]);
    const home = { key: "h", name: "Home", region: "IR", urls: [] };
    me.value = { identity: "dara", device: "d", name: "Dara", home };
    chats.value = [
      {
        id: "room",
        state: "open",
        kind: "direct",
        title: "Sara",
        people: [{ identity: "sara", name: "Sara", home }],
        last: undefined,
        unread: 0,
        atMs: 0,
        fault: undefined,
      },
    ];
  });

  it("each have a title, a sentence of their own and an explanation of at most four sentences", () => {
    const says = CODES.map((code) => plain(sayingOf(alertOf(code, { missing: 7 }))));
    expect(new Set(says).size).toBe(19);
    expect(new Set(CODES.map((code) => titleOf(alertOf(code)))).size).toBe(19);
    for (const code of CODES) {
      const text = explanationOf(alertOf(code));
      expect(text.split(/[.؟](?:\s|$)/u).filter((part) => part !== "").length, code).toBeLessThanOrEqual(4);
      expect(text.length, code).toBeGreaterThan(60);
    }
  });

  it("name the station and where it is, unless it is the keys that signed", () => {
    for (const code of CODES) {
      const says = plain(sayingOf(alertOf(code)));
      expect(says.includes("Nord"), code).toBe(code !== "chain-forked");
      expect(blameOf(alertOf(code)), code).toBe(BY[code]);
    }
  });

  it("name the person only where their keys are meant, and say it otherwise of one's own", () => {
    for (const code of CODES) {
      const isAboutKeys = code === "hidden-op" || code === "foreign-op" || code === "chain-forked";
      expect(plain(sayingOf(alertOf(code))).includes("Sara"), code).toBe(isAboutKeys);
      expect(plain(sayingOf(alertOf(code, { person: "dara" })))).not.toMatch(/Sara|Dara/u);
    }
  });

  it("clear the person's own keys and network wherever a station did it", () => {
    for (const code of CODES) {
      const text = blameText(alertOf(code));
      const clears =
        language === "en" ? /Your keys and your network have no part/u : /کلیدها و شبکهٔ شما در آن دخالتی ندارند/u;
      expect(clears.test(text), code).toBe(BY[code] === "station");
    }
  });

  it("speak no jargon", () => {
    const jargon = /\b(?:merkle|root|hash|leaf|fork|checkpoint|cosign|epoch|tombstone|bundle|consistency)/iu;
    for (const code of CODES) {
      const alert = alertOf(code, { missing: 3, sinceMs: 1 });
      for (const text of [titleOf(alert), sayingOf(alert), explanationOf(alert), blameText(alert), sinceOf(alert)])
        expect(text, code).not.toMatch(jargon);
    }
  });
});

describe("how an alert stands", () => {
  beforeEach(async () => {
    changeSettings({ language: "en", digits: "latn" });
    await loadLanguage("en");
    await loadWords("trust");
  });

  it("says how many messages came back, and of none that were missing nothing", () => {
    expect(stateOf(alertOf("withheld", { missing: 7, restored: 3, state: "asking" }))).toEqual([
      "Asking others",
      "3 of 7 messages came back",
    ]);
    expect(stateOf(alertOf("withheld", { missing: 7, restored: 7, state: "restored" }))).toEqual([
      "7 of 7 messages came back",
    ]);
    expect(cameBack(alertOf("hidden"))).toBeUndefined();
    expect(stateOf(alertOf("hidden"))).toEqual(["Not settled"]);
  });

  it("calls nothing unsettled where nobody is accused", () => {
    expect(stateOf(alertOf("restored"))).toEqual([]);
  });

  it("says the time in the reader's calendar", () => {
    changeSettings({ calendar: "persian" });
    expect(plain(sinceOf(alertOf("hidden", { sinceMs: Date.UTC(2025, 2, 20, 12) })))).toMatch(/Esfand 1403/u);
    changeSettings({ calendar: "gregory" });
  });
});
