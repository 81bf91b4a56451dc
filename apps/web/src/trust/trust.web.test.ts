/*
 * What a person sees of a station that lies, in a real Chromium: the sentence at the conversation, the list, the whole of
 * it, the proof as a file, what came back, what was removed, and comparing.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { ConversationPane } from "../screens/conversation.tsx";
import { alerts, followAlerts, unseenAlerts } from "../state/alerts.ts";
import { openChats, openConversation, openSheet, place } from "../state/navigation.ts";
import { pausedPeople } from "../state/paused.ts";
import { changeSettings } from "../state/settings.ts";
import { loadLanguage, loadWords } from "../i18n/translate.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { PROOFS } from "../testing/sample-proofs.gen.ts";
import { sampleAlert, sampleSafety } from "../testing/sample-trust.ts";
import { AlertSheet } from "./alert-sheet.tsx";
import { AlertsSheet } from "./alerts-sheet.tsx";
import { SafetySheet } from "./safety-sheet.tsx";
import { verifyProof } from "./verify-proof.ts";
import { Island } from "./island.tsx";
import { Watch } from "./watch.tsx";

const HOME = { key: "k", name: "Nord", region: "DE", urls: [] };
const bytesOf = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../gu) ?? [], (pair) => Number.parseInt(pair, 16));

let world: World;
let id: string;
let stop: () => void;

const button = (name: string): HTMLButtonElement =>
  [...world.root.querySelectorAll("button")].find(
    (found) => found.innerText.trim() === name || found.ariaLabel === name,
  )!;
const seen = (text: string): Promise<void> => until(() => expect(world.root.innerText).toContain(text));

beforeEach(async () => {
  world = await openWorld("en");
  await loadWords("trust");
  changeSettings({ digits: "latn", calendar: "gregory" });
  id = world.client.addRoom({ identity: "sara", name: "Sara", home: HOME });
  stop = followAlerts();
});

afterEach(() => {
  stop();
  alerts.value = undefined;
  pausedPeople.value = new Set();
  world.close();
  openChats();
});

async function openChat(): Promise<void> {
  openConversation(id);
  world.show(ConversationPane, { id, isFirst: true });
  await until(() => expect(world.root.querySelector('[role="log"]')).not.toBeNull());
}

describe("a conversation", () => {
  it("says in one sentence who did what and since when, with one way to the rest, until it was seen", async () => {
    await openChat();
    expect(world.root.querySelector("aside")).toBeNull();
    world.client.addAlert(sampleAlert({ id: "held", code: "withheld", conversation: id, missing: 7 }));
    await seen("Letterhouse Berlin");
    const bar = world.root.querySelector("aside")!;
    expect(bar.innerText.replaceAll(/[\u2068\u2069]/gu, "")).toMatch(
      /Letterhouse Berlin in Germany is holding back 7 messages\. Since .+\.\s+See what happened/u,
    );
    expect(bar.querySelectorAll("button")).toHaveLength(1);
    await userEvent.click(button("See what happened"));
    expect(place.value).toMatchObject({ sheet: "alert", item: "held", conversation: id });
    await world.client.markAlertSeen("held");
    await until(() => expect(world.root.querySelector("aside")).toBeNull());
  });

  it("marks what came back and says how, and leaves other messages alone", async () => {
    world.client.addMessage(id, { text: "held back", more: { restored: true } });
    world.client.addMessage(id, { text: "ordinary" });
    await openChat();
    await seen("Restored");
    const [restored, ordinary] = [...world.root.querySelectorAll("article")];
    expect(restored!.innerText).toContain("Restored");
    expect(ordinary!.innerText).not.toContain("Restored");
    await userEvent.click(button("Restored"));
    expect(place.value.sheet).toBe("restored");
  });

  it.each([
    ["client/withheld", "The station has 4 messages that belong here and does not give them", true],
    ["client/pruned", "The station deleted 4 messages before this device had them", true],
    ["client/expired", "4 messages were at the station for too long and were deleted", true],
    ["client/removed", "The station removed 4 messages and shows no public note of them", true],
    ["client/missing-messages", "4 messages of Sara from before this did not come", true],
    ["client/not-shown", "This version of Chapar cannot show 4 things that stand here", false],
    ["client/came-late", "A message of Sara that belongs here came later; it stands further below", false],
    ["e2e/bad-tag", "4 messages could not be shown", true],
  ])(
    "says of %s in a sentence what is missing, what it means, and whether the others may have it",
    async (code, says, askable) => {
      world.client.addMessage(id, { more: { gap: { code, entries: 4 } } });
      await openChat();
      const text = (): string =>
        world.root.querySelector<HTMLElement>("article")?.innerText.replaceAll(/[\u2068\u2069]/gu, "") ?? "";
      await until(() => expect(text()).toContain(says));
      expect(world.root.querySelector('article [class*="bubble"]')).toBeNull();
      expect(button("Ask the others") !== undefined).toBe(askable);
      const before = text().length;
      await userEvent.click(button("What does this mean?"));
      await until(() => expect(text().length).toBeGreaterThan(before + 40));
      if (!says.includes("could not")) expect(text()).not.toContain(code);
    },
  );

  it("says by whose law something was removed, and asks the others for it", async () => {
    world.client.addMessage(id, {
      more: {
        gap: {
          code: "client/removed",
          entries: 1,
          removal: { region: "DE", reason: "court", reference: "353 Gs\u202E 1" },
        },
      },
    });
    await openChat();
    await seen("A message was removed by the station of");
    const line = world.root.querySelector("article")!;
    expect(line.innerText.replaceAll(/[\u2068\u2069]/gu, "")).toContain("station of Germany, reference 353 Gs 1");
    await userEvent.click(button("Ask the others"));
    await seen("The others were asked");
    expect(button("Ask the others")).toBeUndefined();
    expect(world.client.askedFor).toEqual([id]);
  });

  it("saves the proof at the line that it is about", async () => {
    const proof = bytesOf(PROOFS.omitted);
    world.client.addMessage(id, { more: { gap: { code: "client/pruned", entries: 1 } } });
    world.client.addAlert(
      sampleAlert({
        id: "pruned",
        code: "pruned-early",
        conversation: id,
        missing: 1,
        restored: 0,
        seen: true,
        proof: { shape: "manifest", sizeBytes: proof.length },
      }),
      proof,
    );
    await openChat();
    await until(() => expect(button("Save proof")).toBeDefined());
    const saved: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function take(this: HTMLAnchorElement) {
      saved.push(this.download);
    });
    await userEvent.click(button("Save proof"));
    await until(() => expect(saved).toEqual([expect.stringMatching(/\.proof$/u)]));
    vi.restoreAllMocks();
  });

  it("tells of new keys with Compare and Not now", async () => {
    world.client.setSafety(sampleSafety("sara"));
    world.client.addMessage(id, { text: "before" });
    world.client.addMessage(id, {
      more: { personChange: { identity: "sara", what: "device-added", sinceMs: undefined } },
    });
    await openChat();
    await seen("added a device");
    await userEvent.click(button("Compare"));
    expect(place.value).toMatchObject({ sheet: "safety", item: "sara" });
    await userEvent.click(button("Not now"));
    await until(() => expect(button("Compare")).toBeUndefined());
  });

  it("stops writing while a person's keys signed two histories, and goes on once they were compared", async () => {
    world.client.setSafety({ ...sampleSafety("sara"), paused: true });
    world.client.addAlert(sampleAlert({ id: "fork", code: "chain-forked", conversation: id, person: "sara" }));
    await openChat();
    await until(() => expect(button("Keep paused")).toBeDefined());
    expect(world.root.querySelector("textarea")).toBeNull();
    await userEvent.click(button("Keep paused"));
    expect(button("Keep paused")).toBeUndefined();
    expect(world.root.querySelector("textarea")).toBeNull();
    await userEvent.click(button("Compare in person"));
    expect(place.value).toMatchObject({ sheet: "safety", item: "sara" });
    await world.client.markCompared("sara");
    world.client.addAlert(sampleAlert({ id: "fork", code: "chain-forked", person: "sara", seen: true }));
    await until(() => expect(world.root.querySelector("textarea")).not.toBeNull());
  });
});

describe("alerts", () => {
  it("say that there is none", async () => {
    world.show(AlertsSheet, {});
    await seen("Nothing has been noticed");
  });

  it("give the focus back to what opened them, also from one sheet to the next", async () => {
    world.client.addAlert(sampleAlert({ id: "held", code: "withheld", missing: 7 }));
    const opener = document.body.appendChild(document.createElement("button"));
    opener.focus();
    world.show(AlertsSheet, {});
    await until(() => expect(world.root.querySelector("li button")).not.toBeNull());
    await until(() => expect(world.root.contains(document.activeElement)).toBe(true));
    openSheet("alert", "held");
    world.show(AlertSheet, {});
    await until(() => expect(world.root.querySelector("dialog dl")).not.toBeNull());
    await until(() => expect(world.root.contains(document.activeElement)).toBe(true));
    world.show(() => null, {});
    await until(() => expect(document.activeElement).toBe(opener));
    opener.remove();
  });

  it("stand newest first with state and action; opening one is having seen it", async () => {
    world.client.addAlert(sampleAlert({ id: "old", code: "hidden", noticedAtMs: 1, seen: true }));
    world.client.addAlert(sampleAlert({ id: "held", code: "withheld", missing: 7, restored: 7, state: "restored" }));
    world.show(AlertsSheet, {});
    await seen("7 of 7 messages came back");
    const rows = [...world.root.querySelectorAll("li")].map((row) => row.innerText);
    expect(rows.map((text) => /Messages held back|Missing from the public record/u.exec(text)?.[0])).toEqual([
      "Messages held back",
      "Missing from the public record",
    ]);
    expect(rows.map((text) => text.includes("New"))).toEqual([true, false]);
    expect(unseenAlerts.value).toBe(1);
    await userEvent.click(world.root.querySelector("li button")!);
    expect(place.value).toMatchObject({ sheet: "alert", item: "held" });
    world.show(AlertSheet, {});
    await until(() => expect(unseenAlerts.value).toBe(0));
  });

  it("save their proof byte for byte, under a name that names nobody", async () => {
    const proof = bytesOf(PROOFS.omitted);
    world.client.addAlert(
      sampleAlert({ id: "held", code: "hidden", proof: { shape: "log", sizeBytes: proof.length } }),
      proof,
    );
    openSheet("alert", "held");
    world.show(AlertSheet, {});
    await until(() => expect(button("Save proof")).toBeDefined());
    const links: HTMLAnchorElement[] = [];
    const click = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function take(
      this: HTMLAnchorElement,
    ): void {
      links.push(this);
    });
    await userEvent.click(button("Save proof"));
    await until(() => expect(links).toHaveLength(1));
    click.mockRestore();
    const link = links[0]!;
    expect(link.download).toMatch(/^\d{4}-\d\d-\d\d-b{8}\.proof$/u);
    expect(new Uint8Array(await (await fetch(link.href)).arrayBuffer())).toEqual(proof);
  });

  it("offer no proof where there is none, and call a witness's word what it is", async () => {
    world.client.addAlert(sampleAlert({ id: "word", code: "no-answer", proof: { shape: "unanswered", sizeBytes: 9 } }));
    world.client.addAlert(sampleAlert({ id: "copy", code: "restored" }));
    openSheet("alert", "word");
    world.show(AlertSheet, {});
    await seen("It does not prove guilt");
    expect(world.root.innerText).toContain("no proof of guilt");
    openSheet("alert", "copy");
    world.show(() => null, {});
    world.show(AlertSheet, {});
    await seen("This accuses nobody.");
    expect(button("Save proof")).toBeUndefined();
  });
});

describe("a proof that somebody gave", () => {
  const open = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    world.show(AlertsSheet, {});
    await until(() => expect(world.root.querySelector('input[type="file"]')).not.toBeNull());
    const input = world.root.querySelector<HTMLInputElement>('input[type="file"]')!;
    await userEvent.upload(input, new File([bytes], "a.proof"));
  };

  it("is told in a sentence with the key that signed", async () => {
    await open(bytesOf(PROOFS.pruned));
    await seen("This is proven.");
    expect(world.root.innerText).toContain("The station deleted what a reader had not said it had.");
    expect(world.root.querySelector("code")?.innerText).toMatch(/^[a-z2-7]{52}$/u);
  });

  it("is a witness's word where it is one", async () => {
    await open(bytesOf(PROOFS.unanswered));
    await seen("This is a witness’s word.");
  });

  it("is held against what the station says it was through: explained, not explained, or not to be asked", async () => {
    const verdict = await verifyProof(bytesOf(PROOFS.omitted));
    if (typeof verdict === "string" || verdict.sinceMs === undefined || verdict.untilMs === undefined)
      throw new Error("the sample has no times");
    const { stationKey, sinceMs, untilMs } = verdict;
    await open(bytesOf(PROOFS.omitted));
    await seen("It may be excused");
    world.client.told.set(stationKey, [{ what: "restored", fromMs: untilMs + 1, toMs: untilMs + 2 }]);
    await userEvent.click(button("Check another"));
    await open(bytesOf(PROOFS.omitted));
    await seen("it names nothing that would explain this");
    await seen("This is proven.");
    world.client.told.set(stationKey, [{ what: "restored", fromMs: sinceMs, toMs: untilMs - 1 }]);
    await userEvent.click(button("Check another"));
    await open(bytesOf(PROOFS.omitted));
    await seen("This is true, and explained.");
    await seen("it accuses nobody");
  });

  it("proves nothing when one letter of it was changed", async () => {
    const bytes = bytesOf(PROOFS.omitted);
    bytes[200]! ^= 1;
    await open(bytes);
    await seen("This proves nothing.");
  });
});

describe("comparing", () => {
  it("shows twelve groups left to right, also in Persian, and remembers the day", async () => {
    changeSettings({ language: "fa", digits: "arabext" });
    await loadLanguage("fa");
    world.client.setSafety({ ...sampleSafety("sara"), devices: 2 });
    openSheet("safety", "sara");
    world.show(SafetySheet, {});
    await until(() => expect(world.root.querySelectorAll("ol li")).toHaveLength(12));
    const list = world.root.querySelector("ol")!;
    expect(getComputedStyle(list).direction).toBe("ltr");
    const groups = [...list.querySelectorAll("li")];
    expect(groups.map((group) => group.innerText)).toEqual(sampleSafety("sara").digits);
    const leftOf = (at: number): number => groups[at]!.getBoundingClientRect().left;
    await until(() => expect(leftOf(0)).toBeLessThan(leftOf(1)));
    await userEvent.click(button("یکی است"));
    await seen("حضوری سنجیده شد");
    expect((await world.client.safety("sara")).comparedAtMs).toBeDefined();
  });

  it("says what to do when the numbers differ, and that keys are not here yet", async () => {
    world.client.setSafety(sampleSafety("sara"));
    openSheet("safety", "sara");
    world.show(SafetySheet, {});
    await until(() => expect(button("They differ")).toBeDefined());
    await userEvent.click(button("They differ"));
    await seen("do not write anything secret here");
    openSheet("safety", "nobody");
    world.show(() => null, {});
    world.show(SafetySheet, {});
    await seen("not here yet");
  });
});

describe("how the station is watched", () => {
  it("says when, over how many ways and by how many witnesses; and checks now", async () => {
    world.client.setWatch({
      checkedAtMs: Date.now() - 5 * 60_000,
      witnesses: 4,
      cosigned: 3,
      paths: 2,
      quorum: "live",
    });
    world.show(Watch, {});
    await seen("Checked 5 minutes ago.");
    expect(world.root.innerText).toContain("Over two ways");
    expect(world.root.innerText).toContain("3 of 4 witnesses");
    world.client.nowMs = Date.now();
    await userEvent.click(button("Check now"));
    await seen("Checked just now.");
  });

  it("J-9 S-24 says what is cut off, what waits for it, and that changes are provisional until others have signed", async () => {
    world.client.setWatch({ checkedAtMs: Date.now(), witnesses: 2, cosigned: 1, paths: 1, quorum: "live" });
    const far = { key: "far", urls: [], region: "DE", name: "" };
    world.client.data.cut = { sinceMs: Date.now(), stations: [far], chats: 2, letters: 3, changes: 1 };
    world.show(Watch, {});
    await seen("changes of keys and devices are provisional");
    world.show(Island, {});
    await seen("3 messages wait for the other side");
    expect(world.root.innerText).toMatch(/Cut off from .Germany/u);
    expect(world.root.innerText).toContain("1 change of members or roles waits");
    world.client.data.cut = undefined;
    world.client.emit({ type: "island" });
    await expect.poll(() => world.root.innerText).not.toContain("Cut off");
  });

  it("says since when it could not be checked, and when nobody looks", async () => {
    world.client.setWatch({ checkedAtMs: Date.now() - 3_600_000, paths: 1, quorum: "none", code: "client/log-stale" });
    world.show(Watch, {});
    await seen("Not checked since");
    expect(world.root.innerText).toContain("No witness looks at this station.");
  });
});
