/*
 * What ledger-kill.scenario.test.ts kills. `log`: a ledger that turns as fast as it can, over changes it makes itself, and asks the
 * witness at a URL. `witness`: a station's witness behind HTTP. Both over a real folder; it says "ready" and its URL, and for a log
 * what became of each round.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { systemClock } from "@chapar/carrier/node";
import { parseVerifierKey } from "@chapar/log";
import { stationKey } from "@chapar/wire";
import { fromHex } from "@chapar/wire/bytes";
import { StationTime } from "../src/hub/station-time.ts";
import { Ledger } from "../src/ledger/ledger.ts";
import { nodeRng, nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import { SqliteStore } from "../src/node/sqlite-store.ts";
import { postCheckpoint } from "../src/node/witness-post.ts";
import type { StationPorts } from "../src/ports.ts";
import { keyOf, TestPerson } from "../src/testing/index.ts";
import { StationWitness } from "../src/witness/station-witness.ts";

const [role = "", dataDir = "", url = "", text = "", life = "0"] = process.argv.slice(2);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const signer = keyOf("station a");
const ref = { key: stationKey(signer.publicKey), urls: [] };
const ports: StationPorts = {
  sha256: nodeSha256,
  verify: nodeVerifier(),
  signer,
  clock: systemClock(),
  rng: nodeRng,
  store: await SqliteStore.open({ dataDir }),
  observer: { count: () => undefined, note: () => undefined },
};

async function runLog(): Promise<void> {
  const key = parseVerifierKey(text, nodeSha256);
  if (!key.ok) throw new Error(key.code);
  const witnesses = [{ key: key.value, url, region: "IR" }];
  const ledger = await Ledger.open(ports, {
    witnessing: { witnesses, post: postCheckpoint },
    time: await StationTime.open(ports),
  });
  const signal = new AbortController().signal;
  say(`ready ${ledger.size}`);
  for (let i = 0; ; i++) {
    const person = new TestPerson(`${life}-${i}`, ref);
    await ports.store.commit([{ kind: "account", identity: person.identity, ops: person.ops }]);
    say(`stored ${life}-${i}`);
    await ledger.turn(signal);
    say(`turned ${ledger.size} ${ledger.checkpoints.witnesses[0]?.reply ?? "nobody"}`);
  }
}

async function runWitness(): Promise<void> {
  await ports.store.commit([
    { kind: "peer", peer: { ref: { key: stationKey(fromHex(text) ?? new Uint8Array(0)), urls: [] }, region: "IR" } },
  ]);
  const witness = await StationWitness.open(ports, { ref, region: "IR", name: "w" }, keyOf("witness w"));
  const server = createServer((request, response) => {
    void (async () => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const { status, contentType, body } = await witness.addCheckpoint(new Uint8Array(Buffer.concat(pieces)));
      response.writeHead(status, { "content-type": contentType }).end(body);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  say(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

await (role === "log" ? runLog() : runWitness());
