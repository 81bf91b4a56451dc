/* Blind tokens: what they pay for, and that each is good once. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publicVerif, TOKEN_TYPES, TokenChallenge } from "@cloudflare/privacypass-ts";
import { encodeEntry, idText, type StationKey } from "@chapar/wire";
import { afterEach, describe, expect, it } from "vitest";
import { NodeTokenIssuer } from "../src/node/token-issuer.ts";
import { type TestClient, type TestStation, TestWorld } from "../src/testing/index.ts";

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-tokens-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const NOTHING = new Uint8Array(0);
const genesis = (fill: number): Uint8Array =>
  encodeEntry({
    kind: "genesis",
    log: "room",
    nonce: new Uint8Array(20).fill(fill),
    writeKey: new Uint8Array(32).fill(1),
    readKey: new Uint8Array(32).fill(2),
  });

/** A token for a station's challenge, signed by whoever signs. */
async function make(
  station: StationKey,
  key: Uint8Array,
  sign: (request: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const client = new publicVerif.Client(publicVerif.BlindRSAMode.PSS);
  const challenge = new TokenChallenge(TOKEN_TYPES.BLIND_RSA.value, idText(station), NOTHING, []);
  const request = await client.createTokenRequest(challenge, key);
  const answer = await sign(request.serialize());
  return (await client.finalize(client.deserializeTokenResponse(answer))).serialize();
}

interface Scene {
  readonly world: TestWorld;
  readonly station: TestStation;
  readonly sara: TestClient;
  readonly issuer: NodeTokenIssuer;
  readonly data: string;
  /** a token of Sara's */
  readonly token: () => Promise<Uint8Array>;
}

async function scene(): Promise<Scene> {
  const world = new TestWorld();
  const data = folder();
  // The key of the first station of a world is the same in every world.
  const named = await new TestWorld().station("one");
  const issuer = new NodeTokenIssuer(data, named.ref.key);
  // Made here: the world's clock would run on meanwhile.
  await issuer.key();
  const station = await world.station("one", { tokens: issuer });
  const { client: sara } = await world.resident(station, "sara");
  const token = async (): Promise<Uint8Array> => {
    const { issued } = await world.settle(sara.expect("token", { type: "token.issue", request: NOTHING }));
    return make(station.ref.key, issued, async (request) => {
      const answer = await world.settle(sara.expect("token", { type: "token.issue", request }));
      return answer.issued;
    });
  };
  return { world, station, sara, issuer, data, token };
}

describe("blind tokens", () => {
  it("U-10 pay for one room on a link that shows no account, and for no second one", async () => {
    const { world, station, token } = await scene();
    const stranger = await world.client(station);
    const create = { type: "log.create", genesis: genesis(1) } as const;
    expect(await world.settle(stranger.refused(create))).toBe("station/not-authenticated");
    await world.settle(stranger.expect("done", { type: "token.spend", token: await token() }));
    await world.settle(stranger.expect("log.state", create));
    const another = { type: "log.create", genesis: genesis(2) } as const;
    expect(await world.settle(stranger.refused(another))).toBe("station/not-authenticated");
    // Nothing but making is paid for: what is an account's stays an account's.
    await world.settle(stranger.expect("done", { type: "token.spend", token: await token() }));
    expect(await world.settle(stranger.refused({ type: "keys.count", suite: 0xf00d }))).toBe(
      "station/not-authenticated",
    );
    await station.stop();
  });

  it("U-10 are given to accounts only, and so many", async () => {
    const { world, station, sara, token } = await scene();
    const stranger = await world.client(station);
    const request = new Uint8Array(259);
    expect(await world.settle(stranger.refused({ type: "token.issue", request }))).toBe("station/not-authenticated");
    await token();
    const codes = new Set<string>();
    for (let at = 0; at < 40; at++) codes.add(await world.settle(sara.refused({ type: "token.issue", request })));
    expect([...codes]).toEqual(["station/token-refused", "station/rate-limited"]);
    await station.stop();
  });

  it("U-12 are good once, also after a restart and for two links at once", async () => {
    const { world, station, issuer, data, token } = await scene();
    const [first, second] = [await token(), await token()];
    const links = [await world.client(station), await world.client(station)];
    const outcomes = await Promise.all(
      links.map((link) => world.settle(link.ask({ type: "token.spend", token: first }))),
    );
    expect(outcomes.map(({ type }) => type).toSorted()).toEqual(["done", "error"]);
    const again = new NodeTokenIssuer(data, station.ref.key);
    const name = await again.open(first);
    expect(await again.spend(name)).toBe(false);
    expect(await again.spend(await again.open(second))).toBe(true);
    expect((await issuer.key()).bytes).toEqual((await again.key()).bytes);
    await station.stop();
  });

  it("U-12 that are malformed, changed, of another key or for another station are refused, each with its reason", async () => {
    const { world, station, data, token } = await scene();
    const good = await token();
    const other = new NodeTokenIssuer(folder(), station.ref.key);
    const foreign = await make(station.ref.key, (await other.key()).bytes, (request) => other.sign(request));
    const issuer = new NodeTokenIssuer(data, station.ref.key);
    const elsewhere = await make(new Uint8Array(32).fill(7) as StationKey, (await issuer.key()).bytes, (request) =>
      issuer.sign(request),
    );
    const changed = good.slice();
    changed[changed.byteLength - 1] = (changed.at(-1) ?? 0) ^ 1;
    const link = await world.client(station);
    const detailOf = async (bytes: Uint8Array): Promise<unknown> =>
      world.settle(link.ask({ type: "token.spend", token: bytes }));
    const refused = (detail: number): unknown => ({ type: "error", code: "station/token-refused", detail });
    for (const bytes of [NOTHING, good.subarray(1), good.slice(0, 100), new Uint8Array([...good, 0])])
      expect(await detailOf(bytes)).toEqual(refused(1));
    expect(await detailOf(foreign)).toEqual(refused(2));
    expect(await detailOf(changed)).toEqual(refused(3));
    expect(await detailOf(elsewhere)).toEqual(refused(3));
    // None of them used the good one up.
    await world.settle(link.expect("done", { type: "token.spend", token: good }));
    expect(await detailOf(good)).toEqual(refused(4));
    await station.stop();
  });

  it("a key that cannot be read is told, and no other one takes its place", async () => {
    const data = folder();
    writeFileSync(join(data, "tokens.key"), "no key");
    const issuer = new NodeTokenIssuer(data, new Uint8Array(32) as StationKey);
    await expect(issuer.key()).rejects.toMatchObject({ code: "station/bad-key-file" });
  });
});
