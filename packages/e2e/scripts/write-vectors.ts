/*
 * Writes vectors/identity/words.json, vectors/identity/invites.json, vectors/content/attachments.json and manifests.json. Checked by second
 * implementations that share no code: vectors/verify/check_identity.py, check_content.py.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { blobHash, identityId, stationKey } from "@chapar/wire";
import { toHex, utf8 } from "@chapar/wire/bytes";
import { CHUNK_CAPACITY_BYTES } from "../src/attachment/chunk.ts";
import { type SealedFile, sealFile, sealManifests } from "../src/attachment/file.ts";
import { entropyOf, rankZeroSeed, wordsOf } from "../src/identity/recovery-words.ts";
import { Secret } from "../src/identity/secret.ts";
import { encodeInvite, type Invite } from "../src/invite/invite.ts";
import { inviteLink, parseInvite } from "../src/invite/link.ts";
import { nodeCrypto } from "../src/node/node-crypto.ts";

/** Where all of the project's vectors are kept. */
export const VECTOR_FOLDER: string = join(import.meta.dirname, "../../../vectors");

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
/** Bytes that a seed determines, in place of randomness. */
const counted = (sizeBytes: number, first: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, i) => first + i);

async function wordCases(): Promise<readonly object[]> {
  const cases: object[] = [];
  for (const [id, bytes] of [
    ["zeros", new Uint8Array(32)],
    ["ones", new Uint8Array(32).fill(255)],
    ["count", counted(32, 1)],
  ] as const) {
    const entropy = new Secret("recovery entropy", bytes);
    const words = (await wordsOf(entropy)).join(" ");
    const seed = rankZeroSeed(await entropyOf(words), crypto).expose();
    const key = await crypto.ed25519.publicKey(seed);
    cases.push({ id, entropy: toHex(bytes), words, rankZeroSeed: toHex(seed), rankZeroKey: toHex(key) });
  }
  return cases;
}

const STATION: Invite = {
  home: {
    station: { key: stationKey(counted(32, 1)), urls: ["https://ir.example:8443", "wss://ir2.example/x"] },
    region: "IR",
  },
  stationName: "ایستگاه",
  token: utf8("token"),
  person: undefined,
  routes: ["https://second.example"],
};
const PERSON: Invite = {
  ...STATION,
  token: new Uint8Array(0),
  routes: [],
  person: { identity: identityId(counted(20, 60)), name: "Sara سارا", knock: counted(16, 90) },
};

function inviteCases(): readonly object[] {
  const good = [
    ["station", STATION],
    ["person", PERSON],
  ] as const;
  const link = inviteLink(PERSON, sha256);
  const bad = [
    ["cut", link.slice(0, -1)],
    ["changed", link.replace("AQE", "AQA")],
    ["user-name", link.replace("https://", "https://ir.example@")],
    ["other-script", link.replace("ir.example", "іr.example")],
    ["path", link.replace("/#i/", "/a#i/")],
    ["text", "hello"],
  ] as const;
  return [
    ...good.map(([id, invite]) => ({
      id,
      in: inviteLink(invite, sha256),
      bytes: toHex(encodeInvite(invite, sha256)),
      out: {
        key: toHex(invite.home.station.key),
        urls: invite.home.station.urls,
        region: invite.home.region,
        stationName: invite.stationName,
        token: toHex(invite.token),
        identity: invite.person === undefined ? null : toHex(invite.person.identity),
        name: invite.person?.name ?? null,
        knock: invite.person === undefined ? null : toHex(invite.person.knock),
        routes: invite.routes,
      },
    })),
    ...bad.map(([id, text]) => {
      const parsed = parseInvite(text, sha256);
      if (parsed.ok) throw new Error(`${id} was to be refused`);
      return { id, in: text, error: parsed.code };
    }),
  ];
}

/** Files whose byte i is (i * 31 + (i >> 8)) mod 256; sealed chunks are named by their hashes. */
async function fileCases(): Promise<readonly object[]> {
  const cases: object[] = [];
  for (const sizeBytes of [0, 100, CHUNK_CAPACITY_BYTES + 1]) {
    const bytes = Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
    const chunks: string[] = [];
    const random = (size: number): Uint8Array => counted(size, size);
    const file = await sealFile([bytes], ({ hash }) => void chunks.push(toHex(hash)), { ...crypto, random });
    cases.push({ id: `${sizeBytes}-bytes`, ...named(file), chunks });
  }
  return cases;
}

function named({ sizeBytes, key, nonce, hash }: SealedFile): object {
  return { sizeBytes, key: toHex(key), nonce: toHex(nonce), hash: toHex(hash) };
}

/** A tree over chunks that are not there: the hash of chunk i is SHA-256 of i as four bytes, the highest first. */
async function treeCases(): Promise<readonly object[]> {
  const sizeBytes = 2048 * CHUNK_CAPACITY_BYTES + 1;
  const hashes = Array.from({ length: 2049 }, (_, i) => blobHash(sha256(Uint8Array.of(0, 0, i >> 8, i & 0xff))));
  const lists: string[] = [];
  const secret = { key: counted(32, 32), nonce: counted(12, 12) };
  const file = await sealManifests(secret, sizeBytes, hashes, ({ hash }) => void lists.push(toHex(hash)), crypto);
  return [{ id: "two-manifests", ...named(file), lists }];
}

function text(spec: string, cases: readonly object[]): string {
  const head = { source: "packages/e2e/scripts/write-vectors.ts", licence: "Apache-2.0", spec };
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  const lines = cases.map((each) => `    ${JSON.stringify(each)}`).join(",\n");
  return `{\n${fields.join("")}  "cases": [\n${lines}\n  ]\n}\n`;
}

/** File names below vectors/ and their whole text. */
export async function vectorFiles(): Promise<readonly (readonly [path: string, text: string])[]> {
  return [
    ["identity/words.json", text("protocol/3-identity.md §5", await wordCases())],
    ["identity/invites.json", text("protocol/3-identity.md §6", inviteCases())],
    ["content/attachments.json", text("protocol/5-content.md §5", await fileCases())],
    ["content/manifests.json", text("protocol/5-content.md §5", await treeCases())],
  ];
}

if (import.meta.main) {
  for (const [path, content] of await vectorFiles()) {
    mkdirSync(dirname(join(VECTOR_FOLDER, path)), { recursive: true });
    writeFileSync(join(VECTOR_FOLDER, path), content);
  }
}
