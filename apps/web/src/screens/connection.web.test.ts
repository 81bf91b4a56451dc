/*
 * The connection's sheet in a real Chromium: each way with how it does, ways that are handed over and every refusal in words, and the
 * doctor, who looks when asked and wider only when asked again.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import type { LookView } from "@chapar/client/web";
import { loadWords } from "../i18n/translate.ts";
import { lookWith } from "../state/look.ts";
import { openWorld, until } from "../testing/render.ts";
import type { World } from "../testing/render.ts";
import { ConnectionSheet } from "./connection-sheet.tsx";

let world: World;
const text = (): string => world.root.innerText;
const button = (label: RegExp): HTMLButtonElement =>
  [...world.root.querySelectorAll("button")].find((one) => label.test(one.textContent ?? ""))!;

const FOUND: LookView = {
  findings: [{ name: "budget", isSure: true }],
  action: "goes-by-itself",
  ways: [],
  code: "difon vahuj dasod gasab babab babab babab suvir",
};

beforeEach(async () => {
  world = await openWorld("en");
  await loadWords("trust");
  world.client.ways.know([
    { uri: "https://station.example", kind: "web", from: "home", state: "silent" },
    { uri: "burst+https://front.example", kind: "burst", from: "station", state: "in-use" },
    { uri: "ss://192.0.2.7", kind: "ss", from: "station" },
    { uri: "mirror://192.0.2.7:9400/?ports=8", kind: undefined, from: "station" },
  ]);
});

afterEach(() => world.close());

async function give(file: string): Promise<void> {
  const input = world.root.querySelector<HTMLInputElement>('input[type="file"]')!;
  await userEvent.upload(input, new File([file], "a.chapar", { type: "text/plain" }));
}

describe("the connection", () => {
  it("P-124 shows each way with how it does, and none that is no way", async () => {
    world.show(ConnectionSheet, {});
    await until(() => expect(world.root.querySelectorAll("[data-way]")).toHaveLength(3));
    expect(text()).toMatch(/Direct, over the web\s*Opened, then stood still/);
    expect(text()).toMatch(/Through web fronts, in short pieces\s*In use/);
    expect(text()).toMatch(/Through a Shadowsocks server\s*Not from a browser/);
  });

  it("P-128 takes in a file that is handed over, and says what is wrong with one that is not taken", async () => {
    world.show(ConnectionSheet, {});
    await until(() => expect(world.root.querySelectorAll("[data-way]")).toHaveLength(3));
    const station = world.client.me()!.home;
    world.client.invites.set("https://station.example/#i/known", {
      kind: "station",
      station,
      name: undefined,
      identity: undefined,
    });
    await give("chapar file v1\nhttps://station.example/#i/known\nsum fake\n");
    await until(() => expect(text()).toContain("1 new way."));
    expect(world.root.querySelectorAll("[data-way]")).toHaveLength(4);
    await give("chapar file v1\nanother station\n");
    await until(() => expect(text()).toContain("lead to another station than yours"));
    await give("holiday pictures");
    await until(() => expect(text()).toContain("is not a .chapar file"));
    expect(world.root.querySelectorAll("[data-way]")).toHaveLength(4);
  });

  it("P-122 P-124 looks when asked, says one thing to do and a code, and asks more only when asked again", async () => {
    const asked: boolean[] = [];
    lookWith(async (_, isWide) => {
      asked.push(isWide);
      return FOUND;
    });
    world.show(ConnectionSheet, {});
    await until(() => expect(text()).toContain("asks nobody else"));
    expect(asked).toEqual([]);
    await userEvent.click(button(/^Find out/));
    await until(() => expect(text()).toContain("then freezes the connection"));
    expect(text()).toContain("There is nothing to do: Chapar uses the ways that work.");
    expect(text()).toContain(FOUND.code);
    expect(text()).toContain("asks an encyclopedia and a software maker abroad");
    expect(asked).toEqual([false]);
    await userEvent.click(button(/^Look wider/));
    await until(() => expect(asked).toEqual([false, true]));
  });
});
