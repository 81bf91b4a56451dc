/* Real stations that witness each other: over HTTP, over links, with the files an operator sees. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { webSocketCarrier } from "@chapar/carrier/node";
import {
  acceptCheckpoint,
  createMapHasher,
  createTreeHasher,
  decodeCompactProof,
  decodeEntryBundle,
  MemoryTree,
  openMapProof,
  parsePolicy,
  verifyTlogProof,
  type Policy,
} from "@chapar/log";
import {
  decodeLedgerHead,
  decodeLedgerIdentity,
  decodeLedgerLeaf,
  ledgerIdentityKey,
  ledgerIdentityOf,
  ledgerLogKey,
  ledgerOrigin,
  ledgerSalt,
} from "@chapar/wire";
import { afterEach, describe, expect, it } from "vitest";
import { addWitness, startStation, type RunningStation, type StationConfig } from "../src/node/index.ts";
import { nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import { LedgerAuditor } from "../src/ledger/auditor.ts";
import { TestClient, TestPerson, TestRoom } from "../src/testing/index.ts";

const primitives = { sha256: nodeSha256, ed25519: nodeVerifier() };
const hasher = createTreeHasher(nodeSha256);
const mapHasher = createMapHasher(nodeSha256);

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-ledger-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

function start(dataDir: string, changes: Partial<StationConfig> = {}): Promise<RunningStation> {
  return startStation({ dataDir, port: 0, region: "IR", name: "test", signUp: "open", ...changes });
}

async function dial(station: RunningStation): Promise<TestClient> {
  const client = new TestClient(await webSocketCarrier().dial(station.url, { signal: new AbortController().signal }));
  await client.greet();
  return client;
}

async function bytesOf(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

function policyOf(dataDir: string, which: "live" | "final"): Policy {
  const parsed = parsePolicy(new Uint8Array(readFileSync(join(dataDir, `ledger.${which}.policy`))), nodeSha256);
  if (!parsed.ok) throw new Error(parsed.code);
  return parsed.value;
}

/** Waits for something that comes by itself. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(50);
  }
  throw new Error("it did not come");
}

describe("stations that witness each other", () => {
  it(
    "S-17 S-20 S-21 S-22 S-24 give a client proofs that anyone can check, from one policy file",
    { timeout: 60_000 },
    async () => {
      const dataDir = folder();
      // Its key and port come into being; its peers are told of them.
      const first = await start(dataDir);
      const port = Number(new URL(first.url).port);
      const witnesses = await Promise.all(
        ["IR", "DE", "FR"].map((region) => start(folder(), { region, peers: [first.url] })),
      );
      const room = new TestRoom(1);
      const person = new TestPerson("alice", first.ref);
      const log = room.idAt(first.key);
      {
        const client = await dial(first);
        await client.expect("done", { type: "account.register", ops: person.ops, token: new Uint8Array(0) });
        await client.auth(person.identity, person.phone);
        await client.expect("log.state", { type: "log.create", genesis: room.genesis });
        await client.openRoom(room, log);
        await client.expect("receipt", { type: "log.append", log, entry: room.message("one") });
      }
      await Promise.all(witnesses.map((one) => until(async () => ((await knows(one, first)) ? true : undefined))));
      await first.close();
      for (const { url } of witnesses) await addWitness(dataDir, `${url}/`);
      await addWitness(dataDir, witnesses[0]!.url);

      await using station = await start(dataDir, { port });
      const client = await dial(station);
      await client.auth(person.identity, person.phone);
      await client.openRoom(room, log);
      const fresh = await until(async () => {
        const answer = await client.expect("ledger.freshness", { type: "ledger.freshness", at: undefined });
        const epoch = decodeLedgerLeaf(answer.leaf);
        if (!epoch.ok || epoch.value.kind !== "epoch" || epoch.value.headCount !== 1) return undefined;
        return { ...answer, epoch: epoch.value };
      });
      const policy = policyOf(dataDir, "final");
      const keys = [...policy.logs, ...policy.witnesses.values()].map((party) => party.key);
      const leafHash = hasher.leaf(fresh.leaf);
      const proof = decodeCompactProof(fresh.proof, { origin: ledgerOrigin(station.key), leafHash, keys }, hasher);
      if (!proof.ok) throw new Error(proof.code);
      const accepted = await verifyTlogProof(proof.value, leafHash, policy, primitives);
      expect(accepted).toMatchObject({ ok: true, value: { witnesses: { size: 3 } } });

      const head = await client.expect("ledger.proof", { type: "ledger.head-proof", log });
      expect(head.epoch).toBe(fresh.epoch.number);
      const key = ledgerLogKey(log, nodeSha256);
      const opened = openMapProof(head.proof, key, fresh.epoch.headsRoot, mapHasher);
      expect(opened.ok && opened.value && decodeLedgerHead(opened.value)).toMatchObject({ value: { size: 2 } });
      const identity = await client.expect("ledger.proof", {
        type: "ledger.identity-proof",
        identity: person.identity,
        at: undefined,
      });
      const mapKey = ledgerIdentityKey(ledgerSalt(person.ops[0]!, nodeSha256), nodeSha256);
      const value = openMapProof(identity.proof, mapKey, fresh.epoch.identitiesRoot, mapHasher);
      expect(value.ok && value.value && decodeLedgerIdentity(value.value)).toMatchObject({
        value: ledgerIdentityOf(person.ops, nodeSha256),
      });
      const stranger = new TestPerson("nobody", first.ref).identity;
      expect(await client.refused({ type: "ledger.identity-proof", identity: stranger, at: undefined })).toBe(
        "station/unknown-identity",
      );
      const shut = await dial(station);
      expect(await shut.refused({ type: "ledger.head-proof", log })).toBe("station/unknown-log");

      await checkInTheOpen(station, policyOf(dataDir, "live"));
      expect(policyOf(dataDir, "live").quorum).toBe("live");
      await Promise.all(witnesses.map((one) => one.close()));
    },
  );

  it("S-20 answer other paths and methods 404 and 405, and what is asked of them from afar is bounded", async () => {
    await using station = await start(folder());
    const status = async (path: string, options: RequestInit = {}): Promise<number> =>
      (await fetch(station.url + path, options)).status;
    await until(async () => ((await status("/log/checkpoint")) === 200 ? true : undefined));
    const checkpoint = await fetch(`${station.url}/log/checkpoint`);
    expect(checkpoint.headers.get("cache-control")).toBe("no-cache");
    expect(checkpoint.headers.get("access-control-allow-origin")).toBe("*");
    const tile = await fetch(`${station.url}/log/tile/0/000.p/1`);
    expect([tile.status, tile.headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
    for (const path of [
      "/log",
      "/log/",
      "/log/tile/0/000",
      "/log/tile/0/0",
      "/log/tile/64/000",
      "/log/x",
      "/witness/x",
    ])
      expect([path, await status(path)]).toEqual([path, 404]);
    expect(await status("/log/tile/entries/..%2f000")).toBe(404);
    expect(await status("/log/policy/final")).toBe(404);
    expect(await status("/log/checkpoint", { method: "POST" })).toBe(405);
    expect(await status("/witness/key", { method: "DELETE" })).toBe(405);
    const post = (body: BodyInit): Promise<number> => status("/witness/add-checkpoint", { method: "POST", body });
    expect(await post("")).toBe(400);
    expect(await post("old 0\n\nx\n1\n")).toBe(400);
    expect(await post(new Uint8Array(64 * 1024 + 1))).toBe(413);
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(16_384)) });
    const streamed: RequestInit & { duplex: "half" } = { method: "POST", body: endless, duplex: "half" };
    expect(await status("/witness/add-checkpoint", streamed)).toBe(413);
  });

  it("S-23 refuse to add as a witness what is none, and a folder whose list is damaged", async () => {
    const dataDir = folder();
    const answers = ["<html>", "x+00000000+AA==\nIR\n", "\n\n", "A".repeat(70_000)];
    const server = createServer((_, response) => response.end(answers.shift() ?? "")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (let i = 0; i < 4; i++)
      await expect(addWitness(dataDir, url)).rejects.toMatchObject({ code: "station/bad-witness" });
    server.close();
    server.closeAllConnections();
    await expect(addWitness(dataDir, url)).rejects.toMatchObject({ code: "station/bad-witness" });
    await expect(addWitness(dataDir, "ftp://x", { vkey: "x" })).rejects.toMatchObject({ code: "station/bad-witness" });
    writeFileSync(join(dataDir, "witnesses"), "IR nonsense https://x.example\n");
    await expect(start(dataDir)).rejects.toMatchObject({ code: "station/bad-config" });
  });
});

/** Whether a station would witness another's log: it answers anything but 404. */
async function knows(witness: RunningStation, other: RunningStation): Promise<boolean> {
  const body = `old 0\n\n${ledgerOrigin(other.key)}\n1\n${"A".repeat(43)}=\n\n— x AAAAAAA=\n`;
  return (await fetch(`${witness.url}/witness/add-checkpoint`, { method: "POST", body })).status === 403;
}

/** Reads the whole log over HTTP, as a stranger with the policy would. */
async function checkInTheOpen(station: RunningStation, policy: Policy): Promise<void> {
  const accepted = await acceptCheckpoint(await bytesOf(`${station.url}/log/checkpoint`), policy, primitives);
  if (!accepted.ok) throw new Error(accepted.code);
  const { size, root } = accepted.value.checkpoint;
  const bundle = decodeEntryBundle(await bytesOf(`${station.url}/log/tile/entries/000.p/${size}`), size);
  if (!bundle.ok) throw new Error(bundle.code);
  const tree = new MemoryTree(hasher);
  const auditor = new LedgerAuditor(nodeSha256);
  for (const leaf of bundle.value) {
    tree.append(hasher.leaf(leaf));
    expect(auditor.take(leaf)).toBeUndefined();
  }
  expect(tree.root()).toEqual(root);
  expect(auditor.count).toBe(1);
  const policyText = await bytesOf(`${station.url}/log/policy/live`);
  expect(parsePolicy(policyText, nodeSha256)).toMatchObject({ ok: true, value: { quorum: "live" } });
}
