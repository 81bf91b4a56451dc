/* What an operator and the public see of a running station's log: its page, and witnesses that come and go. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { addWitness, loadWitnesses, removeWitness, startStation } from "../src/node/index.ts";
import { transparencyPage, type Transparency } from "../src/node/transparency-page.ts";

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-operator-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(50);
  }
  throw new Error("it did not come");
}

it(
  "S-23 S-24 R-30 two stations witness each other, and their pages say who cosigned and when",
  { timeout: 60_000 },
  async () => {
    const [one, two] = [folder(), folder()];
    const first = await startStation({ dataDir: one, port: 0, region: "IR", name: "Tehran <b>", signUp: "open" });
    const port = Number(new URL(first.url).port);
    await first.close();
    await using second = await startStation({
      dataDir: two,
      port: 0,
      region: "DE",
      name: "Berlin",
      signUp: "open",
      peers: [`http://127.0.0.1:${port}`],
    });
    const peers = [second.url];
    await using again = await startStation({
      dataDir: one,
      port,
      region: "IR",
      name: "Tehran <b>",
      signUp: "open",
      peers,
      witnesses: peers,
    });
    const said = await until(async () => {
      const response = await fetch(`${again.url}/transparency.json`);
      if (response.status !== 200) return undefined;
      const page = (await response.json()) as Transparency;
      return page.witnesses[0]?.cosignedAtMs === undefined ? undefined : page;
    });
    expect(said).toMatchObject({ region: "IR", generation: 1, orders: 0, removed: 0, incidents: [] });
    expect(said.witnesses[0]).toMatchObject({ region: "DE", url: `${second.url}/witness` });
    expect(Math.abs((said.witnesses[0]?.cosignedAtMs ?? 0) - Date.now())).toBeLessThan(300_000);
    const english = await fetch(`${again.url}/transparency`);
    const text = await english.text();
    expect([english.status, text.includes('lang="en"'), text.includes("<b>"), text.includes("&lt;b&gt;")]).toEqual([
      200,
      true,
      false,
      true,
    ]);
    expect(text.includes("<script")).toBe(false);
    const persian = await (
      await fetch(`${again.url}/transparency`, { headers: { "accept-language": "fa-IR" } })
    ).text();
    expect(persian).toContain('dir="rtl"');
    const style = await fetch(`${again.url}/transparency.css`);
    expect([style.status, (await style.text()).includes("prefers-color-scheme")]).toEqual([200, true]);

    expect(loadWitnesses(one).map((party) => party.url)).toEqual([`${second.url}/witness`]);
    expect(removeWitness(one, "http://127.0.0.1:1")).toBe(false);
    expect(removeWitness(one, `${second.url}/`)).toBe(true);
    expect(loadWitnesses(one)).toEqual([]);
    expect((await addWitness(one, second.url)).region).toBe("DE");
    expect(readFileSync(join(one, "witnesses"), "utf8")).toMatch(/^DE \S+ http/);
  },
);

it("E-3 the page counts orders and incidents in both languages", () => {
  const said: Transparency = {
    name: "T",
    region: "IR",
    origin: "x/ledger.2",
    generation: 2,
    size: 12,
    epoch: 3,
    epochTimeMs: 1_000,
    witnesses: [{ name: "w", region: undefined, url: "https://w.example", cosignedAtMs: undefined }],
    policy: undefined,
    orders: 7,
    removed: 31,
    unanswered: 1,
    incidents: [{ what: "restored", fromMs: 0, toMs: 60_000, note: "restored from a copy" }],
  };
  const english = transparencyPage(said, "en", 4_000);
  for (const part of [">7<", ">31<", "3 s ago", "Restored from a copy", "not this checkpoint"])
    expect(english).toContain(part);
  const persian = transparencyPage(said, "fa", 4_000);
  for (const part of ["۷", "۳۱", "بازگردانی"]) expect(persian).toContain(part);
});
