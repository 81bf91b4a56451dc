/* Chains kept at a station that is not their home: who may leave one, who may extend it, and what it does not open. */
import { describe, expect, it } from "vitest";
import type { Response } from "@chapar/wire";
import { TEST_TOKEN, type TestClient, type TestPerson, type TestStation, TestWorld } from "../src/testing/index.ts";

interface Setting {
  readonly world: TestWorld;
  readonly home: TestStation;
  readonly anchor: TestStation;
  readonly person: TestPerson;
  readonly client: TestClient;
  readonly ask: (request: Parameters<TestClient["ask"]>[0], on?: TestClient) => Promise<Response>;
}

/** Sara lives at one station and has named another as anchor. */
async function withAnchor(): Promise<Setting> {
  const world = new TestWorld();
  const home = await world.station("home");
  const anchor = await world.station("anchor", { region: "DE" });
  const { client, person } = await world.resident(home, "sara");
  person.push({ kind: "set-anchors", anchors: [{ station: anchor.ref, region: "DE" }] });
  await world.settle(client.expect("done", { type: "identity.put", ops: person.ops.slice(1) }));
  return { world, home, anchor, person, client, ask: (request, on = client) => world.settle(on.ask(request)) };
}

describe("an anchor", () => {
  it("I-17 keeps a chain that a home passes on for its resident, and answers for it", async () => {
    const { world, anchor, person, ask } = await withAnchor();
    expect(await ask({ type: "identity.anchor", ops: person.ops, at: anchor.ref })).toEqual({ type: "done" });
    const stranger = await world.client(anchor);
    const got = await ask({ type: "identity.get", identity: person.identity, at: undefined }, stranger);
    expect(got).toMatchObject({ type: "identity.ops", ops: person.ops });
  });

  it("I-17 takes what extends a chain that it keeps from anybody, and nothing older or other", async () => {
    const { world, anchor, person, ask } = await withAnchor();
    await ask({ type: "identity.anchor", ops: person.ops, at: anchor.ref });
    const before = person.ops.slice();
    person.addDevice("laptop");
    const stranger = await world.client(anchor);
    const anchored = (ops: readonly Uint8Array[]): Promise<Response> =>
      ask({ type: "identity.anchor", ops, at: undefined }, stranger);
    expect(await anchored(person.ops)).toEqual({ type: "done" });
    expect(await anchored(person.ops)).toEqual({ type: "done" });
    expect(await anchored(before)).toMatchObject({ code: "station/stale-ops", detail: 3 });
    const forged = person.ops.map((op) => op.slice());
    forged[2]?.set([1], 70);
    expect(await anchored(forged)).toMatchObject({ code: "station/bad-ops" });
    const got = await ask({ type: "identity.get", identity: person.identity, at: undefined }, stranger);
    expect(got).toMatchObject({ ops: person.ops });
  });

  it("I-17 begins no chain for a stranger, for one that does not name it, or for one whose home it is", async () => {
    const { world, home, anchor, person, client, ask } = await withAnchor();
    const stranger = await world.client(anchor);
    const refused = { type: "error", code: "station/not-allowed" };
    expect(await ask({ type: "identity.anchor", ops: person.ops, at: undefined }, stranger)).toMatchObject(refused);
    const elsewhere = await world.station("elsewhere", { region: "NL" });
    expect(await ask({ type: "identity.anchor", ops: person.ops, at: elsewhere.ref })).toMatchObject({ type: "error" });
    const { person: other } = await world.resident(home, "other");
    expect(await ask({ type: "identity.anchor", ops: other.ops, at: anchor.ref }, client)).toMatchObject(refused);
    const nobody = await world.client(home);
    expect(await ask({ type: "identity.anchor", ops: person.ops, at: anchor.ref }, nobody)).toMatchObject({
      code: "station/not-authenticated",
    });
  });

  it("I-17 opens no account by a chain that it only keeps", async () => {
    const { world, anchor, person, ask } = await withAnchor();
    await ask({ type: "identity.anchor", ops: person.ops, at: anchor.ref });
    const client = await world.client(anchor);
    const shown = await world.settle(client.auth(person.identity, person.phone));
    expect(shown).toMatchObject({ code: "station/unknown-identity" });
    const register = { type: "account.register", ops: person.ops, token: TEST_TOKEN } as const;
    expect(await ask(register, client)).toMatchObject({ code: "station/not-home" });
  });
});
