import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import {
  ACTION_KEYS,
  ACTION_NAMES,
  chordOf,
  holderOf,
  isUsable,
  keyMap,
  readKeyMap,
  resetKeys,
  setKeys,
} from "./keymap.ts";

const press = (code: string, held = ""): string | undefined =>
  chordOf({
    code,
    ctrlKey: held.includes("c"),
    metaKey: held.includes("m"),
    altKey: held.includes("a"),
    shiftKey: held.includes("s"),
  });

afterEach(resetKeys);

describe("keys", () => {
  it("are read by their place, whatever script they type, and ⌘ is Ctrl", () => {
    expect(press("KeyK", "c")).toBe("Ctrl+K");
    expect(press("KeyK", "m")).toBe("Ctrl+K");
    expect(press("Slash", "c")).toBe("Ctrl+/");
    expect(press("ArrowUp", "a")).toBe("Alt+↑");
    expect(press("KeyF", "cs")).toBe("Ctrl+Shift+F");
    expect(press("ControlLeft", "c")).toBeUndefined();
  });

  it("are never a single letter", () => {
    for (const chord of ["K", "Shift+K", "/", "↑"]) expect(isUsable(chord)).toBe(false);
    for (const chord of ["Ctrl+K", "Alt+↑", "F2", "Shift+F2"]) expect(isUsable(chord)).toBe(true);
  });

  it("can be given to another action; who had them gets the ones that become free", () => {
    setKeys("settings", "Ctrl+K");
    expect(keyMap.value).toMatchObject({ settings: "Ctrl+K", palette: "Ctrl+," });
    expect(holderOf("Ctrl+K", "palette")).toBe("settings");
    expect(new Set(Object.values(keyMap.value)).size).toBe(ACTION_NAMES.length);
  });

  it("are total: any stored text gives keys that can be pressed", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (stored) => Object.values(readKeyMap(stored)).every(isUsable)),
    );
    expect(readKeyMap('{"palette":"k","find":"Ctrl+G"}')).toEqual({ ...ACTION_KEYS, find: "Ctrl+G" });
  });
});
