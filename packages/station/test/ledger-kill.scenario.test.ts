/* A log killed between the steps of its ledger, and a witness killed while two histories are put to it at once. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  consistencyProof,
  createTreeHasher,
  decodeSignatureLines,
  encodeAddCheckpoint,
  encodeCheckpointText,
  formatVerifierKey,
  makeVerifierKey,
  MemoryTree,
  NoteAlgorithm,
  signNote,
  type HashReader,
} from "@chapar/log";
import {
  ledgerIdentityKey,
  ledgerIdentityOf,
  encodeLedgerIdentity,
  ledgerOrigin,
  ledgerSalt,
  stationKey,
} from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import { expect, it } from "vitest";
import { LedgerAuditor } from "../src/ledger/auditor.ts";
import { nodeSha256 } from "../src/node/node-crypto.ts";
import { SqliteStore } from "../src/node/sqlite-store.ts";
import { LedgerWorld } from "../src/testing/ledger-world.ts";
import { keyOf, TestPerson } from "../src/testing/index.ts";

const CHILD = fileURLToPath(new URL("ledger-kill-child.ts", import.meta.url));
const LOG_KILLS = 20;
const WITNESS_KILLS = 20;
const hasher = createTreeHasher(nodeSha256);

interface Life {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** what stands after "ready" */
  readonly ready: string;
}

async function start(args: readonly string[]): Promise<Life> {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once("exit", () => reject(new Error("it ended before it was ready")));
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("ready ")) resolve(line.slice("ready ".length));
    lines.push(line);
  });
  return { child, lines, ready: await promise };
}

async function kill({ child }: Life): Promise<void> {
  const gone = once(child, "close");
  child.kill("SIGKILL");
  await gone;
}

it(
  "S-12 S-23 a log killed at any instant never signs two histories and forgets nobody",
  { timeout: 220_000 },
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "chapar-ledger-kill-"));
    const world = new LedgerWorld();
    const witness = await world.ledger("w");
    const ref = { key: stationKey(keyOf("station a").publicKey), urls: [] };
    await witness.ports.store.commit([{ kind: "peer", peer: { ref, region: "IR" } }]);
    const statuses: number[] = [];
    const server = createServer((request, response) => {
      void (async () => {
        const pieces: Buffer[] = [];
        for await (const piece of request) pieces.push(piece as Buffer);
        // The witness's clock is the log's here: both are this machine's.
        world.clock.jump(Date.now() - world.clock.nowMs());
        const answer = await witness.witness.addCheckpoint(new Uint8Array(Buffer.concat(pieces)));
        statuses.push(answer.status);
        response.writeHead(answer.status, { "content-type": answer.contentType }).end(answer.body);
      })();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stored: string[] = [];
    try {
      for (let lives = 0; lives < LOG_KILLS; lives++) {
        const args = ["log", dataDir, url, formatVerifierKey(witness.witness.key), String(lives)];
        const life = await start(args);
        // Three of four die after a round, whatever the machine's speed; the others wherever they are.
        const isPatient = lives % 4 > 0;
        const hasTurned = (): boolean => life.lines.some((line) => line.startsWith("turned"));
        for (let ready = !isPatient; !ready; ready = hasTurned()) await pause(5);
        await pause(Math.random() * (isPatient ? 60 : 250));
        await kill(life);
        for (const line of life.lines) {
          const [what, name = "", reply] = line.split(" ");
          if (what === "stored") stored.push(name);
          if (what === "turned") expect(reply).toBe("cosigned");
        }
      }
      expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(LOG_KILLS / 2);
      // Whole once more: every identity that was ever stored is in the last epoch, once.
      const last = await start(["log", dataDir, url, formatVerifierKey(witness.witness.key), "last"]);
      while (!last.lines.some((line) => line.startsWith("turned"))) await pause(10);
      await kill(last);
      await using store = await SqliteStore.open({ dataDir });
      const auditor = new LedgerAuditor(nodeSha256);
      const leaves = await store.ledger.leaves(0, 1_000_000);
      for (const leaf of leaves) expect(auditor.take(leaf)).toBeUndefined();
      for (const name of stored) {
        const { ops } = new TestPerson(name, ref);
        const key = ledgerIdentityKey(ledgerSalt(ops[0]!, nodeSha256), nodeSha256);
        const [row] = await store.ledger.rows("identities", key, undefined, 1);
        expect(row?.value).toEqual(encodeLedgerIdentity(ledgerIdentityOf(ops, nodeSha256)));
      }
      expect(auditor.count).toBeGreaterThanOrEqual(stored.length);
      const [head] = await witness.ports.store.ledger.witnessHeads();
      const tree = new MemoryTree(hasher);
      for (const leaf of leaves) tree.append(hasher.leaf(leaf));
      expect(tree.root(head!.size)).toEqual(head!.root);
    } finally {
      server.close();
      server.closeAllConnections();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
);

/** Two histories under one key: the same first leaves, different ones from an index on. */
function histories(shared: number, size: number): readonly [MemoryTree, MemoryTree] {
  const [left, right] = [new MemoryTree(hasher), new MemoryTree(hasher)];
  for (let i = 0; i < size; i++) {
    left.append(hasher.leaf(Uint8Array.of(i)));
    right.append(hasher.leaf(i < shared ? Uint8Array.of(i) : Uint8Array.of(i, 1)));
  }
  return [left, right];
}

it("S-22 a witness killed at any instant never cosigns two histories", { timeout: 220_000 }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "chapar-witness-kill-"));
  const liar = keyOf("liar");
  const origin = ledgerOrigin(stationKey(liar.publicKey));
  const key = makeVerifierKey(origin, NoteAlgorithm.ed25519, liar.publicKey, nodeSha256);
  const branches = histories(10, 200);
  let stands = 0;
  const cosigned: { readonly branch: number; readonly size: number }[] = [];
  const ask = async (url: string, branch: number, from: number, size: number): Promise<void> => {
    const tree = branches[branch]!;
    const text = encodeCheckpointText({ origin, size, root: tree.root(size) });
    const read: HashReader = tree.reader;
    const proof = from > 0 && from < size ? await consistencyProof(from, size, read, hasher) : [];
    const body = encodeAddCheckpoint(from, proof, { text, signatures: [await signNote(text, key, liar)] });
    const response = await fetch(url, { method: "POST", body: new Uint8Array(body) }).catch(() => undefined);
    const answer = new Uint8Array((await response?.arrayBuffer().catch(() => undefined)) ?? new ArrayBuffer(0));
    if (response?.status === 200 && decodeSignatureLines(answer).ok) {
      cosigned.push({ branch, size });
      stands = Math.max(stands, size);
    }
    // Killed between storing and answering it stands further than it has said.
    if (response?.status === 409) stands = Math.max(stands, Number(new TextDecoder().decode(answer)));
  };
  try {
    for (let lives = 0; lives < WITNESS_KILLS; lives++) {
      const life = await start(["witness", dataDir, "", toHex(liar.publicKey)]);
      const asking: Promise<void>[] = [];
      const answered: Promise<void>[] = [];
      const latest = stands;
      // From every size it may stand at, on both histories, all at once; the kill falls among them.
      for (let step = 1; step <= 6; step++) {
        for (const from of [0, latest, latest + 1, latest + 2]) {
          for (const branch of step % 2 === 0 ? [0, 1] : [1, 0]) {
            if (latest + step > 200 || from > latest + step) continue;
            const asked = ask(life.ready, branch, from, latest + step);
            asking.push(asked);
            if (from === latest) answered.push(asked);
          }
        }
      }
      // Every other life sees at least one answer, however slow the machine; the rest die at any instant.
      if (lives % 2 === 0) await Promise.race([...answered, pause(3_000)]);
      await pause(Math.random() * 60);
      await kill(life);
      await Promise.all(asking);
    }
    expect(cosigned.length).toBeGreaterThan(WITNESS_KILLS / 4);
    const roots = new Map<number, string>();
    for (const { branch, size } of cosigned) {
      const root = toHex(branches[branch]!.root(size));
      expect(roots.get(size) ?? root).toBe(root);
      roots.set(size, root);
    }
    // Beyond the fork, all on one of the two.
    expect(new Set(cosigned.filter((one) => one.size > 10).map((one) => one.branch)).size).toBeLessThanOrEqual(1);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
