/* The locked screen, and what locks by itself, in a real Chromium. */
import type { Attempt } from "@chapar/client/web-lock";
import { h, render } from "preact";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { loadWords } from "../i18n/translate.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { lockMode } from "./current.ts";
import { LockScreen } from "./lock-screen.tsx";
import { forgetPrefs, keepPrefs, lockPrefs, readPrefs } from "./prefs.ts";
import { followLock, leftMs } from "./watch.ts";

let world: World;
let root: HTMLElement;
let tried: string[];
let wiped: number;
let left: unknown[];
let answers: Attempt[];

beforeEach(async () => {
  world = await openWorld("en");
  await loadWords("lock");
  root = document.body.appendChild(document.createElement("div"));
  [tried, left, answers, wiped] = [[], [], [], 0];
});
afterEach(() => {
  render(null, root);
  root.remove();
  forgetPrefs();
  lockMode.value = "none";
  world.close();
});

function show(): void {
  const lock = {
    unlock: async (pin: string): Promise<Attempt> => {
      tried.push(pin);
      return answers.shift() ?? { kind: "wrong", waitMs: 0 };
    },
    unlockWith: async (): Promise<Attempt> => ({ kind: "wrong", waitMs: 0 }),
    wipe: async () => void (wiped += 1),
  };
  render(h(LockScreen, { lock, onOpen: (unlocked) => void left.push(unlocked) }), root);
}

const field = (): HTMLInputElement => root.querySelector("input")!;
const said = (): string => root.querySelector('[role="alert"]')?.textContent ?? "";

describe("the locked screen", () => {
  it("A-4 says what is to wait, and tries nothing meanwhile", async () => {
    answers = [{ kind: "wrong", waitMs: 60_000 }];
    show();
    await userEvent.type(field(), "0000{Enter}");
    await until(() => expect(said()).toMatch(/Try again in \p{Nd}+ seconds/u));
    expect(field().value).toBe("");
    await until(() => expect(root.querySelector('button[type="submit"]')?.ariaDisabled).toBe("false"));
    await userEvent.type(field(), "1234{Enter}");
    expect(tried).toEqual(["0000"]);
  });

  it("A-20 says nothing of a wipe, and goes on as if nothing had been here", async () => {
    answers = [{ kind: "wiped" }];
    show();
    await userEvent.type(field(), "pomegranate{Enter}");
    await until(() => expect(left).toEqual([undefined]));
    expect(said()).toBe("");
    expect(localStorage.length).toBe(0);
  });

  it("A-21 wipes when its sign is held where that was chosen, by finger or key, and not when it is let go", async () => {
    show();
    expect(root.querySelector('button[aria-label="Lock"]')).toBeNull();
    keepPrefs({ hold: true });
    show();
    await until(() => expect(root.querySelector('button[aria-label="Lock"]')).not.toBeNull());
    const sign = root.querySelector<HTMLElement>('button[aria-label="Lock"]')!;
    // Held and let go, by each: nothing is begun that would still come.
    sign.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
    sign.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
    sign.focus();
    sign.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    sign.dispatchEvent(new KeyboardEvent("keyup", { key: "Enter", bubbles: true }));
    const begunMs = performance.now();
    sign.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    await until(() => expect(wiped).toBe(1), 15_000);
    expect(performance.now() - begunMs).toBeGreaterThanOrEqual(4_990);
    await until(() => expect(left).toEqual([undefined]));
  });
});

describe("locking by itself", () => {
  it("A-11 counts from the last touch, and never where that was chosen", () => {
    expect(leftMs(1_000, 5, 1_000)).toBe(300_000);
    expect(leftMs(1_000, 5, 200_000)).toBe(101_000);
    expect(leftMs(1_000, 5, 999_999)).toBe(0);
    expect(leftMs(1_000, 0, 1e15)).toBeUndefined();
  });

  it("A-11 covers a page that is left, and uncovers it when one comes back in time", async () => {
    lockMode.value = "locked";
    const stop = followLock();
    let state = "hidden";
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
    document.dispatchEvent(new Event("visibilitychange"));
    expect(document.documentElement.hasAttribute("data-covered")).toBe(true);
    expect(getComputedStyle(document.body).visibility).toBe("hidden");
    state = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    expect(document.documentElement.hasAttribute("data-covered")).toBe(false);
    Reflect.deleteProperty(document, "visibilityState");
    stop();
  });

  it("reads what was kept totally", () => {
    for (const text of [null, "", "{", "[]", "3", '{"afterMinutes":7,"onHide":"yes","hold":1}'])
      expect(readPrefs(text)).toEqual({ afterMinutes: 15, onHide: false, hold: false, passkey: false });
    keepPrefs({ afterMinutes: 1, hold: true });
    expect(readPrefs(localStorage.getItem("chapar.lock"))).toEqual(lockPrefs.value);
  });
});
