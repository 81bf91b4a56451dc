import { mkdtempSync, writeFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { RelayFolder } from "./relay-folder.ts";
import type { RelayState } from "./relay-state.ts";
import { statusPage } from "./status-page.ts";
import { startStatusServer } from "./status-server.ts";
import { openMetrics } from "./open-metrics.ts";

const STATE: RelayState = {
  mood: "forwarding",
  streams: 3,
  pending: 1,
  counts: { month: "2030-01", monthBytes: 1_500_000_000, totalBytes: 9e9, totalStreams: 70 },
  refusals: { "not listed": 2, expired: 0, busy: 0, resting: 0, unreachable: 1, version: 0 },
  stations: 1,
  relays: 2,
  listExpiresAtMs: Date.UTC(2030, 2, 1),
  bytesPerMonth: 1e11,
  bytesPerSecond: 2_500_000,
  hours: [22, 6],
  routes: ["relay+wss://r.example/way?station=abc"],
  memoryBytes: 50_000_000,
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(url: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, url), { headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const body = Buffer.concat(parts).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    asking.on("error", reject);
    asking.end();
  });
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "chapar-relay-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

describe("a relay's page", () => {
  it("says the same in both languages, in their digits and directions", () => {
    const [en, fa] = [statusPage(STATE, "en"), statusPage(STATE, "fa")];
    expect(en).toContain('<html lang="en" dir="ltr">');
    expect(en).toContain("1.5 GB of 100 GB");
    expect(en).toContain("22:00 to 06:00");
    expect(fa).toContain('<html lang="fa" dir="rtl">');
    expect(fa).toContain("۱٫۵");
    for (const page of [en, fa]) {
      expect(page).toContain('<code dir="ltr">relay+wss://r.example/way?station=abc</code>');
      expect(page).not.toMatch(/<script|undefined|NaN|\{\d\}/);
    }
  });

  it("is small, and writes what it is given as text", () => {
    const page = statusPage({ ...STATE, routes: ["<img src=x>&"] }, "en");
    expect(page).toContain("&lt;img src=x&gt;&amp;");
    expect(Buffer.byteLength(page)).toBeLessThan(6_000);
  });

  it("is for this machine, under its own name, and allows nothing but its style", async () => {
    const server = await startStatusServer(0, () => STATE);
    onTestFinished(() => server[Symbol.asyncDispose]());
    expect(new URL(server.url).hostname).toBe("127.0.0.1");
    const page = await ask(server.url, "/", { "accept-language": "fa-IR,fa;q=0.9" });
    expect(page.status).toBe(200);
    expect(page.body).toContain('lang="fa"');
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'/);
    expect((await ask(server.url, "/?lang=en", { "accept-language": "fa" })).body).toContain('lang="en"');
    expect((await ask(server.url, "/", { host: "evil.example" })).status).toBe(404);
    expect((await ask(server.url, "/other")).status).toBe(404);
    const metrics = await ask(server.url, "/metrics");
    expect(metrics.headers["content-type"]).toMatch(/^application\/openmetrics-text/);
    expect(metrics.body).toContain('chapar_relay_refusals_total{reason="not listed"} 2\n');
  });

  it("its metrics are OpenMetrics: a type for each name, counters that end in _total, an end", () => {
    const text = openMetrics(STATE);
    expect(text.endsWith("# EOF\n")).toBe(true);
    const types = new Map(Array.from(text.matchAll(/^# TYPE (\w+) (\w+)$/gm), ([, name, type]) => [name, type]));
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(samples.length).toBeGreaterThan(8);
    for (const sample of samples) {
      const name = /^(\w+)(?:\{[^}]*\})? \d+$/.exec(sample)?.[1] ?? "";
      const isCounter = types.get(name.replace(/_total$/, "")) === "counter";
      expect(isCounter ? name.endsWith("_total") : types.get(name) === "gauge", sample).toBe(true);
    }
  });
});

describe("a relay's folder", () => {
  it("keeps key, settings and sums; damaged settings are refused, damaged sums begin anew", () => {
    const dir = folder();
    const first = new RelayFolder(dir);
    const seed = first.seed();
    const settings = { ...first.readSettings(), port: 8090, hours: [22, 6] as const, gigabytesPerMonth: 5 };
    first.writeSettings(settings);
    first.writeCounts(STATE.counts);
    const again = new RelayFolder(dir);
    expect(again.seed()).toEqual(seed);
    expect(again.readSettings()).toEqual(settings);
    expect(again.readCounts()).toEqual(STATE.counts);
    writeFileSync(join(dir, "counts.json"), "{");
    expect(again.readCounts()).toBeUndefined();
    writeFileSync(join(dir, "relay.json"), '{"path":"x"}');
    expect(() => again.readSettings()).toThrow(expect.objectContaining({ code: "term/bad-settings" }));
    writeFileSync(join(dir, "relay.key"), "short");
    expect(() => again.seed()).toThrow(expect.objectContaining({ code: "term/bad-settings" }));
  });
});
