/* Region policies: the examples hold, each fault is found with its place, and the schema says the same of every shape. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { anything, assert, constantFrom, dictionary, oneof, property, string, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeNote, makeVerifierKey, NoteAlgorithm } from "@chapar/log";
import { idText, stationKey } from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import { testSha256, testSigner, testVerifier } from "@chapar/log/testing";
import { policyText, readPolicy } from "./read-policy.ts";
import { openPolicy, SIGNED_POLICY_BYTES, signPolicy } from "./signed-policy.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const folder = `${root}docs/operating/policies/`;
const EXAMPLES = readdirSync(folder).filter((name) => name.endsWith(".json"));
const read = (name: string): string => readFileSync(`${folder}${name}`, "utf8");
const schema = JSON.parse(readFileSync(`${root}protocol/region-policy.schema.json`, "utf8")) as object;
const fits = new Ajv2020({ strict: true }).compile(schema);

/** An example with one place changed; `undefined` takes the field out. */
function changed(path: readonly string[], value: unknown, name = "ir-2016.json"): string {
  const document = JSON.parse(read(name)) as Record<string, unknown>;
  let at = document;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string, unknown>;
  const last = path.at(-1) ?? "";
  if (value === undefined) delete at[last];
  else at[last] = value;
  return policyText(document);
}

const faultsOf = (text: string): readonly string[] => {
  const result = readPolicy(text);
  return result.ok ? [] : result.faults.map(({ path, code }) => `${path.join(".")}: ${code}`);
};

describe("a region policy", () => {
  it("K-1 has an example for each law, all of which hold", () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(8);
    for (const name of EXAMPLES) expect([name, faultsOf(read(name))]).toEqual([name, []]);
  });

  it.each([
    [["region"], "Iran", "region: bad-region"],
    [["from"], "2026-02-30", "from: bad-date"],
    [["until"], undefined, "until: missing"],
    [["data", "blob"], undefined, "data.blob: missing"],
    [["data", "blob", "mode"], "everywhere", "data.blob.mode: not-a-word"],
    [["data", "contacts"], { mode: "copy", keepAtLeastDays: 0 }, "data.contacts: unknown"],
    [["data", "logs", "keepAtLeastDays"], -1, "data.logs.keepAtLeastDays: bad-number"],
    [["relationship"], "held", "relationship: not-a-word"],
    [["saltedCommitmentsMayLeave"], "yes", "saltedCommitmentsMayLeave: wrong-type"],
    [["note"], "please", "note: unknown"],
  ])("K-1 names the place of what is wrong at %j", (path, value, fault) => {
    expect(faultsOf(changed(path, value))).toEqual([fault]);
  });

  it("K-1 says all faults at once", () => {
    const text = changed(["region"], "", "ru.json").replace('"copy"', '"none"').replace('"title"', '"titel"');
    expect(faultsOf(text)).toEqual(["titel: unknown", "region: bad-region", "title: missing"]);
  });

  it.each([
    [["until"], "2026-11-28", "until: ends-first"],
    [["compliance"], "2028-01-01", "compliance: complies-after"],
    [
      ["data", "blob"],
      { mode: "copy", keepAtLeastDays: 31, keepAtMostDays: 30 },
      "data.blob.keepAtMostDays: floor-above-ceiling",
    ],
    [
      ["data", "envelope"],
      { mode: "copy", keepAtLeastDays: 0, keepAtMostDays: 179 },
      "data.envelope.keepAtMostDays: below-promise",
    ],
    [["data", "commitment", "mode"], "exclusive", "saltedCommitmentsMayLeave: both-ways"],
  ])("K-2 refuses the contradiction at %j", (path, value, fault) => {
    expect(faultsOf(changed(path, value, path[0] === "until" ? "ru.json" : "ir-2016.json"))).toEqual([fault]);
  });

  it("K-3 refuses a file that claims an ability", () => {
    const all = JSON.parse(read("eu.json")) as { readonly cannot: readonly string[] };
    for (const word of all.cannot) {
      const rest = all.cannot.filter((one) => one !== word);
      expect(faultsOf(changed(["cannot"], rest))).toEqual(["cannot: claims-ability"]);
    }
  });

  it("K-1 agrees with the schema about every shape", () => {
    const places = [
      ["region"],
      ["title"],
      ["sources"],
      ["from"],
      ["data"],
      ["data", "blob"],
      ["data", "logs", "mode"],
      ["data", "logs", "keepAtMostDays"],
      ["removalHours"],
      ["cannot"],
      ["extra"],
    ];
    const values = oneof(
      anything(),
      string(),
      dictionary(string(), anything()),
      constantFrom(undefined, "DE", "copy", 5, [], {}),
    );
    assert(
      property(tuple(constantFrom(...places), values), ([path, value]) => {
        const text = changed(path, value);
        const shape = ["missing", "unknown", "wrong-type", "not-a-word", "bad-region", "bad-number", "claims-ability"];
        const result = readPolicy(text);
        const isShaped = result.ok || !result.faults.some(({ code }) => shape.includes(code));
        // A date of the right form that is no day, and control characters, are beyond a schema.
        if (!result.ok && result.faults.some(({ code }) => code === "not-a-note-text")) return;
        const hasBadDate = !result.ok && result.faults.some(({ code }) => code === "bad-date");
        if (!hasBadDate) expect(fits(JSON.parse(text))).toBe(isShaped);
      }),
      { numRuns: 400 },
    );
  });
});

describe("a signed region policy", async () => {
  const signer = await testSigner(1);
  const station = stationKey(signer.publicKey);
  const ports = { sha256: testSha256, verify: testVerifier };
  const signed = await signPolicy(read("ir-2016.json"), station, signer, testSha256);

  it("K-5 opens as what was signed, and its hash is of its text", async () => {
    const opened = await openPolicy(signed, station, ports);
    if (!opened.ok) throw new Error(opened.fault);
    expect(opened.value.policy.region).toBe("IR");
    expect(opened.value.text).toBe(policyText(JSON.parse(read("ir-2016.json"))));
    expect(opened.value.hash).toEqual(testSha256(new TextEncoder().encode(opened.value.text)));
  });

  it("K-5 does not open with any byte changed, cut, or as another station's", async () => {
    for (let at = 0; at < signed.byteLength; at += 7) {
      const bytes = signed.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect((await openPolicy(bytes, station, ports)).ok).toBe(false);
    }
    expect((await openPolicy(signed.slice(0, -1), station, ports)).ok).toBe(false);
    const other = stationKey((await testSigner(2)).publicKey);
    expect(await openPolicy(signed, other, ports)).toEqual({ ok: false, fault: "not-signed" });
    expect(await openPolicy(new Uint8Array(SIGNED_POLICY_BYTES + 1), station, ports)).toEqual({
      ok: false,
      fault: "not-a-note",
    });
  });

  it("K-4 does not open in another spelling, with a key twice above all", async () => {
    const text = policyText(JSON.parse(read("ir-2016.json")));
    const { name, keyId } = makeVerifierKey(`${idText(station)}/policy`, NoteAlgorithm.ed25519, station, testSha256);
    const spellings = [
      text.replace('"region": "IR"', '"region":  "IR"'),
      text.replace('  "region": "IR"', '  "region": "DE",\n  "region": "IR"'),
    ];
    for (const spelled of spellings) {
      const signature = await signer.sign(utf8(spelled));
      const bytes = encodeNote({ text: spelled, signatures: [{ name, keyId, signature }] });
      expect(await openPolicy(bytes, station, ports)).toEqual({ ok: false, fault: "not-one-spelling" });
    }
  });
});
