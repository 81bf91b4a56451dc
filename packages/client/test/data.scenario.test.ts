/* What a person is told of where their data rests (protocol/14-residency.md K-7), against a real station. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inviteLink } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { keepPolicy, startStation } from "@chapar/station/node";
import { openClient } from "../src/node/index.ts";

const example = fileURLToPath(new URL("../../../docs/operating/policies/ru.json", import.meta.url));
const NEVER = new AbortController().signal;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chapar-data-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function resident(region: string) {
  const station = await startStation({ dataDir: join(folder, "home"), port: 0, region, name: "Home", signUp: "open" });
  const client = await openClient({ profileDir: join(folder, "profile") });
  const crypto = nodeCrypto();
  const home = { station: station.ref, region };
  const invite = { home, stationName: "Home", token: station.signUpToken, person: undefined, routes: [] };
  if (client.me() === undefined)
    await client.join(
      inviteLink(invite, (bytes) => crypto.sha256(bytes)),
      "Dara",
    );
  client.connect();
  await client.settled({ signal: NEVER });
  return { station, client };
}

describe("where data rests", () => {
  it("K-7 says the law that the home signed, checks the home's log for it, and keeps it for when there is no network", async () => {
    const { hash } = await keepPolicy(join(folder, "home"), readFileSync(example, "utf8"));
    const { station, client } = await resident("RU");
    await expect
      .poll(async () => (await client.data.rests({ signal: NEVER })).policy?.isInLog, {
        timeout: 60_000,
        interval: 500,
      })
      .toBe(true);
    const asked = await client.data.rests({ signal: NEVER });
    expect(asked.policy).toMatchObject({ region: "RU", hash: Buffer.from(hash).toString("hex"), until: "2027-11-28" });
    expect(asked.rows.find(({ category }) => category === "messages")).toMatchObject({
      mode: "first-write",
      keepAtMostDays: 180,
      readableBy: "sealed",
    });
    await station.close();
    await client[Symbol.asyncDispose]();
    await using later = await openClient({ profileDir: join(folder, "profile") });
    const kept = await later.data.rests({ signal: NEVER });
    expect([kept.policy?.hash, kept.policy?.isInLog]).toEqual([asked.policy?.hash, true]);
    expect(kept.checkedAtMs).toBeGreaterThan(0);
  });

  it("K-7 says that a home keeps none", async () => {
    const { station, client } = await resident("DE");
    const view = await client.data.rests({ signal: NEVER });
    expect([view.policy, view.fault, view.home.region]).toEqual([undefined, undefined, "DE"]);
    expect(view.checkedAtMs).toBeGreaterThan(0);
    await client[Symbol.asyncDispose]();
    await station.close();
  });
});
