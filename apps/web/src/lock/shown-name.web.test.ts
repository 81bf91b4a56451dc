/* The name that the app is installed under, in a real Chromium's page. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadWords } from "../i18n/translate.ts";
import { openWorld } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { chooseName, neutralText, readName, shownIcon, shownName } from "./shown-name.ts";

let world: World;
let links: HTMLLinkElement[];

describe("a name that says nothing", () => {
  beforeEach(async () => {
    world = await openWorld("fa");
    await loadWords("lock");
    links = ["manifest", "icon", "apple-touch-icon"].map((rel) => {
      const link = document.head.appendChild(document.createElement("link"));
      link.rel = rel;
      return link;
    });
  });
  afterEach(() => {
    chooseName("own");
    for (const link of links) link.remove();
    world.close();
  });

  it("A-40 is in the manifest, the title, the icons and the notices, in the person's language", () => {
    chooseName("notes");
    expect(document.title).toBe("یادداشت");
    const pointed = (rel: string): string | null | undefined =>
      document.querySelector(`link[rel="${rel}"]`)?.getAttribute("href");
    expect(pointed("manifest")).toBe("/notes-fa.webmanifest");
    expect(pointed("icon")).toBe("/notes.svg");
    expect(pointed("apple-touch-icon")).toBe("/notes-192.png");
    expect([shownName(), neutralText(), shownIcon()]).toEqual(["notes", "یادداشت", "/notes-192.png"]);
    chooseName("own");
    expect(pointed("manifest")).toBe("/manifest.webmanifest");
    expect([shownName(), neutralText(), shownIcon()]).toEqual(["own", undefined, "/icon-192.png"]);
  });

  it("is its own for any record that is not understood", () => {
    for (const text of [
      null,
      "",
      "{",
      "null",
      "3",
      '{"kind":"<b>"}',
      '{"kind":"notes","text":3}',
      '{"kind":"notes","text":"x","language":"../"}',
    ])
      expect(readName(text)).toBeUndefined();
  });
});
