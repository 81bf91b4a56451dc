/* A station and the region policy of its folder (protocol/14-residency.md K-6). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeLedgerLeaf } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import { systemClock } from "@chapar/carrier/node";
import { keepPolicy, POLICY_FILE, startStation, type StationSurroundings } from "../src/node/index.ts";
import type { Station } from "../src/station.ts";

const example = fileURLToPath(new URL("../../../docs/operating/policies/ir-2016.json", import.meta.url));
const text = readFileSync(example, "utf8");
const DAY_MS = 86_400_000;
const IN_FORCE_MS = Date.parse("2026-12-01");
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "chapar-policy-"));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** Surroundings whose clock shows another day. */
const at = (nowMs: number): StationSurroundings => {
  const real = systemClock();
  const beganMs = real.nowMs();
  return { clock: { nowMs: () => nowMs + real.nowMs() - beganMs, sleep: (ms, signal) => real.sleep(ms, signal) } };
};

const start = (region: string, nowMs = IN_FORCE_MS) =>
  startStation({ dataDir, port: 0, region, name: "Tehran", signUp: "closed" }, at(nowMs));

const refusal = async (region: string, nowMs?: number): Promise<string> => {
  try {
    const station = await start(region, nowMs);
    await station.close();
    return "started";
  } catch (error) {
    const { code, cause } = error as { readonly code: string; readonly cause: Error };
    return `${code} ${cause.message}`;
  }
};

describe("a station with a region policy", () => {
  it("K-6 answers it to anyone, as it was signed", async () => {
    const { bytes } = await keepPolicy(dataDir, text);
    await using station = await start("IR");
    const answer = await fetch(`${station.url}/policy`);
    expect([answer.status, await answer.text()]).toEqual([200, new TextDecoder().decode(bytes)]);
  });

  it("K-6 answers 404 without one", async () => {
    await using station = await start("IR");
    expect((await fetch(`${station.url}/policy`)).status).toBe(404);
  });

  it("K-6 does not start with one of another region, too early, too late, changed, or another station's", async () => {
    await keepPolicy(dataDir, text);
    expect(await refusal("DE")).toBe("station/bad-policy wrong-region");
    expect(await refusal("IR", Date.parse("2026-11-27"))).toBe("station/bad-policy not-yet");
    expect(await refusal("IR", Date.parse("2027-11-28"))).toBe("station/bad-policy over");
    expect(await refusal("IR", Date.parse("2027-11-28") - DAY_MS)).toBe("started");
    const path = join(dataDir, POLICY_FILE);
    const signed = readFileSync(path, "utf8");
    writeFileSync(path, signed.replace('"removalHours": 24', '"removalHours": 25'));
    expect(await refusal("IR")).toBe("station/bad-policy bad-signature");
    writeFileSync(path, signed.replace(/— \S+/u, "— someone/policy"));
    expect(await refusal("IR")).toBe("station/bad-policy not-signed");
    writeFileSync(path, signed);
    expect(await refusal("IR")).toBe("started");
  });

  it("K-6 keeps none that contradicts itself", async () => {
    const contradictory = text.replace('"mode": "first-write"', '"mode": "exclusive"');
    await expect(keepPolicy(dataDir, contradictory)).rejects.toMatchObject({ code: "station/bad-policy" });
  });

  it("K-6 has its hash in the station's log, once over several starts", async () => {
    const { hash } = await keepPolicy(dataDir, text);
    const leaf = toHex(encodeLedgerLeaf({ kind: "policy", hash }));
    let found = 0;
    for (let run = 0; run < 3; run++) {
      let held: Station | undefined;
      const around = { opened: (station: Station) => void (held = station) };
      const config = { dataDir, port: 0, region: "IR", name: "Tehran", signUp: "closed" } as const;
      await using station = await startStation(config, { ...around });
      const ledger = held?.ledger;
      if (ledger === undefined) throw new Error(`no log at ${station.url}`);
      await expect.poll(() => readRecorded(), { timeout: 30_000 }).toContain(`${ledger.generation} ${toHex(hash)} `);
      const size = ledger.checkpoints.published?.checkpoint.size ?? 0;
      const leaves = await Promise.all(Array.from({ length: size }, (_, index) => ledger.shown.leaf(index)));
      found = leaves.filter((one) => toHex(one.leaf) === leaf).length;
    }
    expect(found).toBe(1);
  });
});

function readRecorded(): string {
  try {
    return readFileSync(join(dataDir, "policy.recorded"), "utf8");
  } catch {
    return "";
  }
}
