/*
 * Stands in for `@chapar/client/web-lock` in the gallery and the screenshots: `1234` opens, everything else is wrong, and the third wrong
 * one has to wait. What is set is remembered for the page.
 */
import type { Attempt, Change, Lock, Unlocked } from "@chapar/client/web-lock";

let content: Unlocked["content"] = {
  kind: "profile",
  place: 0,
  spare: [1, 2],
  has: { decoy: false, passkey: false, wipe: false },
  fresh: false,
  inherits: true,
  key: new Uint8Array(32),
};
let wrong = 0;
const opened = (): Unlocked => ({ kind: "opened", content, secret: new Uint8Array(32) });
const has = async (change: Partial<Unlocked["content"]["has"]>): Promise<Unlocked> => {
  content = { ...content, has: { ...content.has, ...change } };
  return opened();
};
const done = async (change: Partial<Unlocked["content"]["has"]>): Promise<Change> => {
  await has(change);
  return "done";
};

/** What the screens use of a lock. */
export const webLock: Lock = {
  state: async () => (localStorage.getItem("chapar.lock") === null ? "none" : "locked"),
  setUp: async () => {},
  unlock: async (pin: string): Promise<Attempt> => {
    if (pin === "1234") return opened();
    wrong += 1;
    return { kind: "wrong", waitMs: wrong < 3 ? 0 : 40_000 };
  },
  unlockWith: async () => opened(),
  unlockOff: async () => opened(),
  changePin: async () => "done",
  setDecoy: () => done({ decoy: true }),
  removeDecoy: () => has({ decoy: false }),
  setWipeWord: () => done({ wipe: true }),
  removeWipeWord: () => has({ wipe: false }),
  setPasskey: () => has({ passkey: true }),
  removePasskey: () => has({ passkey: false }),
  takeOff: async () => {},
  putOn: async () => "done",
  wipe: async () => {},
} as unknown as Lock;

/** The in-memory engine takes no options. */
export function optionsOf(): Record<string, never> {
  return {};
}
