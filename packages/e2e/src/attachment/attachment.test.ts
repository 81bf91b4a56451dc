import { type BlobHash, idText } from "@chapar/wire";
import { decodeMimi, Disposition, encodeMimi, NO_EXTENSIONS } from "@chapar/wire/content";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isE2eError } from "../errors.ts";
import { nodeCrypto } from "../node/node-crypto.ts";
import { CHUNK_CAPACITY_BYTES, chunkKey, openChunk, sealChunk, SEALED_CHUNK_BYTES } from "./chunk.ts";
import { FileReader, FileSealer, openFile, type PutPlace, type SealedFile, sealFile, sealManifests } from "./file.ts";
import { MANIFEST_HASHES, Manifests, MAX_FILE_BYTES, shapeOf } from "./manifest.ts";
import { fileOfPart, filePart, isFilePart } from "./part.ts";

const crypto = nodeCrypto();

/** Sealed chunks by name, as a station keeps them; a test may change what is served. */
class Blobs {
  readonly stored = new Map<string, Uint8Array>();
  readonly order: BlobHash[] = [];

  put = ({ hash, bytes }: { hash: BlobHash; bytes: Uint8Array }): void => {
    this.stored.set(idText(hash), bytes);
    this.order.push(hash);
  };

  get = (hash: BlobHash): Uint8Array => this.stored.get(idText(hash)) ?? new Uint8Array(0);
}

function content(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}

async function sealed(bytes: Uint8Array): Promise<{ blobs: Blobs; file: SealedFile }> {
  const blobs = new Blobs();
  return { blobs, file: await sealFile([bytes], blobs.put, crypto) };
}

async function opened(file: SealedFile, get: Blobs["get"]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of openFile(file, get, crypto)) pieces.push(piece.slice());
  return concatBytes(...pieces);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "ok";
  } catch (error) {
    return isE2eError(error) ? error.code : "another error";
  }
}

/** A file of 2,049 chunks, each made again when it is asked for: nothing of it is kept but names. */
async function bigFile(): Promise<{
  readonly file: SealedFile;
  readonly lists: readonly string[];
  readonly listHashes: readonly BlobHash[];
  readonly get: (hash: BlobHash) => Uint8Array | Promise<Uint8Array>;
  readonly nameOf: (hash: BlobHash) => string;
  readonly plain: (index: number) => Uint8Array;
}> {
  const full = content(CHUNK_CAPACITY_BYTES);
  const plain = (index: number): Uint8Array => (index === MANIFEST_HASHES + 1 ? full.subarray(0, 5) : full);
  const places = new Map<string, PutPlace>();
  const lists = new Map<string, Uint8Array>();
  const listHashes: BlobHash[] = [];
  const pieces = Array.from({ length: MANIFEST_HASHES + 2 }, (_, index) => plain(index));
  const put = ({ hash, bytes }: { hash: BlobHash; bytes: Uint8Array }, place: PutPlace): void => {
    places.set(idText(hash), place);
    if (place.of === "file") return;
    lists.set(idText(hash), bytes);
    listHashes.push(hash);
  };
  const file = await sealFile(pieces, put, crypto);
  const sealer = new FileSealer(file, crypto);
  const nameOf = (hash: BlobHash): string => {
    const place = places.get(idText(hash));
    return place === undefined ? "nothing" : `${place.of} ${place.index}`;
  };
  const get = (hash: BlobHash): Uint8Array | Promise<Uint8Array> => {
    const list = lists.get(idText(hash));
    const index = places.get(idText(hash))?.index ?? 0;
    return list ?? sealer.chunk(index, index === MANIFEST_HASHES + 1, plain(index)).then(({ bytes }) => bytes);
  };
  return { file, lists: listHashes.map(nameOf), listHashes, get, nameOf, plain };
}

const THREE_CHUNKS = 2 * CHUNK_CAPACITY_BYTES + 5;
const key = chunkKey(new Uint8Array(32).fill(1), new Uint8Array(12).fill(2), "chapar attachment v1", crypto);

describe("sealed files", () => {
  it("C-20 C-23 come back whole at every border, in chunks of one size", async () => {
    for (const sizeBytes of [
      0,
      1,
      CHUNK_CAPACITY_BYTES - 1,
      CHUNK_CAPACITY_BYTES,
      CHUNK_CAPACITY_BYTES + 1,
      2 * CHUNK_CAPACITY_BYTES,
      THREE_CHUNKS,
    ]) {
      const bytes = content(sizeBytes);
      const { blobs, file } = await sealed(bytes);
      const chunks = Math.max(1, Math.ceil(sizeBytes / CHUNK_CAPACITY_BYTES));
      expect(blobs.order, String(sizeBytes)).toHaveLength(chunks === 1 ? 1 : chunks + 1);
      expect(file.sizeBytes).toBe(sizeBytes);
      expect(shapeOf(sizeBytes)).toEqual({ chunks, manifests: chunks > 1 ? 1 : 0, levels: chunks > 1 ? 1 : 0 });
      for (const blob of blobs.stored.values()) expect(blob).toHaveLength(SEALED_CHUNK_BYTES);
      expect(equalBytes(await opened(file, blobs.get), bytes)).toBe(true);
    }
  });

  it("C-20 do not depend on how the bytes were cut", async () => {
    const bytes = content(CHUNK_CAPACITY_BYTES + 100);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (places) => {
        const cuts = [0, ...places.sort((a, b) => a - b), bytes.length];
        const blobs = new Blobs();
        const pieces = cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
        const file = await sealFile(pieces, blobs.put, crypto);
        expect(equalBytes(await opened(file, blobs.get), bytes)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("C-20 have keys of their own: the same file twice shares no chunk", async () => {
    const one = await sealed(content(10));
    const two = await sealed(content(10));
    expect(one.file.hash).not.toEqual(two.file.hash);
    expect(one.file.key).not.toEqual(two.file.key);
    expect(await codeOf(opened({ ...one.file, key: two.file.key }, one.blobs.get))).toBe("e2e/bad-chunk");
    expect(await codeOf(opened({ ...one.file, nonce: two.file.nonce }, one.blobs.get))).toBe("e2e/bad-chunk");
  });

  it("C-22 hold one chunk at a time: a chunk is put before the next is asked for", async () => {
    let given = 0;
    let stored = 0;
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (; given < 40; given++) {
        expect((given - 1) * 50_000 - stored * CHUNK_CAPACITY_BYTES).toBeLessThanOrEqual(2 * CHUNK_CAPACITY_BYTES);
        yield content(50_000);
      }
    }
    const file = await sealFile(pieces(), () => void stored++, crypto);
    expect(file.sizeBytes).toBe(2_000_000);
    expect(stored).toBe(Math.ceil(2_000_000 / CHUNK_CAPACITY_BYTES) + 1);
    const { blobs, file: read } = await sealed(content(THREE_CHUNKS));
    let fetched = 0;
    const stream = openFile(read, (hash) => (fetched++, blobs.get(hash)), crypto);
    await stream.next();
    expect(fetched).toBe(2);
    await stream.return();
  });

  it("C-90 C-92 above 2,047 chunks are a tree, whose lists are asked for once each", async () => {
    const big = await bigFile();
    expect(shapeOf(big.file.sizeBytes)).toEqual({ chunks: 2049, manifests: 2, levels: 2 });
    expect(big.lists).toEqual(["manifest 0", "manifest 1", "root 0"]);
    const asked: string[] = [];
    const reader = new FileReader(big.file, (hash) => (asked.push(big.nameOf(hash)), big.get(hash)), crypto);
    for (const index of [2046, 2047, 0, 2048, 1]) expect(await reader.chunk(index)).toEqual(big.plain(index));
    expect(asked.filter((name) => !name.startsWith("file"))).toEqual(["root 0", "manifest 0", "manifest 1"]);
    await expect(reader.hashOf(2049)).rejects.toThrow(RangeError);
  });

  it("C-90 a root or manifest in another's place, of another level, count or size is refused", async () => {
    const big = await bigFile();
    const [first, second] = big.listHashes as [BlobHash, BlobHash];
    const reads = async (root: readonly BlobHash[], index = 0, sizeBytes = big.file.sizeBytes): Promise<string> => {
      const sealedRoot = await new Manifests(big.file, sizeBytes, crypto).sealRoot(root);
      const get = (hash: BlobHash): Promise<Uint8Array> | Uint8Array =>
        equalBytes(hash, sealedRoot.hash) ? sealedRoot.bytes : big.get(hash);
      return await codeOf(new FileReader({ ...big.file, hash: sealedRoot.hash, sizeBytes }, get, crypto).chunk(index));
    };
    expect(await reads([first, second])).toBe("ok");
    expect(await reads([second, first])).toBe("e2e/bad-chunk");
    expect(await reads([first, first], 2048)).toBe("e2e/bad-chunk");
    expect(await reads([big.file.hash, second])).toBe("e2e/bad-chunk");
    expect(await reads([first, second], 0, big.file.sizeBytes - 1)).toBe("e2e/bad-manifest");
    const asRoot = new FileReader({ ...big.file, hash: first }, big.get, crypto);
    expect(await codeOf(asRoot.chunk(0))).toBe("e2e/bad-chunk");
    const asManifest = { ...big.file, sizeBytes: 2 * CHUNK_CAPACITY_BYTES };
    expect(await codeOf(new FileReader(asManifest, big.get, crypto).chunk(0))).toBe("e2e/bad-chunk");
  });

  it("C-90 go to 4 GiB, and one byte more is refused", async () => {
    expect(MAX_FILE_BYTES).toBe(4_294_967_296);
    expect(shapeOf(MAX_FILE_BYTES)).toEqual({ chunks: 65_540, manifests: 33, levels: 2 });
    const part = filePart((await sealed(content(1))).file);
    expect(fileOfPart({ ...part, size: BigInt(MAX_FILE_BYTES) + 1n, aad: Uint8Array.of(0x74) }).ok).toBe(false);
  });

  it("C-91 seal to the same chunks again with their key", async () => {
    const bytes = content(THREE_CHUNKS);
    const { blobs, file } = await sealed(bytes);
    const sealer = new FileSealer(file, crypto);
    const again = await sealer.chunk(1, false, bytes.subarray(CHUNK_CAPACITY_BYTES, 2 * CHUNK_CAPACITY_BYTES));
    expect(again.hash).toEqual(blobs.order[1]);
    expect(equalBytes(again.bytes, blobs.get(again.hash))).toBe(true);
    const put: BlobHash[] = [];
    const listed = await sealManifests(
      file,
      THREE_CHUNKS,
      blobs.order.slice(0, 3),
      ({ hash }) => void put.push(hash),
      crypto,
    );
    expect(listed).toEqual(file);
    expect(put).toEqual([file.hash]);
  });

  it("C-22 end when the signal does, and pass on what a carrier throws", async () => {
    const abort = new AbortController();
    abort.abort(new Error("left"));
    await expect(sealFile([content(10)], () => {}, crypto, { signal: abort.signal })).rejects.toThrow("left");
    const { blobs, file } = await sealed(content(10));
    await expect(openFile(file, blobs.get, crypto, { signal: abort.signal }).next()).rejects.toThrow("left");
    const lost = openFile(file, () => Promise.reject(new Error("no route")), crypto);
    await expect(lost.next()).rejects.toThrow("no route");
  });
});

describe("tampering", () => {
  it("C-21 any bit of any chunk is noticed, by its hash and, were the hash right, by its tag", async () => {
    const plain = content(CHUNK_CAPACITY_BYTES);
    const chunk = await sealChunk(key, { index: 0, last: true }, plain, crypto);
    for (const at of [0, 1, 2, 3, 40_000, SEALED_CHUNK_BYTES - 17, SEALED_CHUNK_BYTES - 1]) {
      const bad = chunk.bytes.slice();
      bad[at] = (bad[at] ?? 0) ^ 1;
      expect(await codeOf(openChunk(key, { index: 0, last: true }, chunk.hash, bad, crypto))).toBe("e2e/bad-chunk");
      const renamed = crypto.sha256(bad) as BlobHash;
      expect(await codeOf(openChunk(key, { index: 0, last: true }, renamed, bad, crypto))).toBe("e2e/bad-chunk");
    }
    const misnamed = crypto.sha256(Uint8Array.of(1)) as BlobHash;
    expect(await codeOf(openChunk(key, { index: 0, last: true }, misnamed, chunk.bytes, crypto))).toBe("e2e/bad-chunk");
    const short = chunk.bytes.slice(0, -1);
    expect(
      await codeOf(openChunk(key, { index: 0, last: true }, crypto.sha256(short) as BlobHash, short, crypto)),
    ).toBe("e2e/bad-chunk");
  });

  it("C-21 a chunk opens in its own place only", async () => {
    const chunk = await sealChunk(key, { index: 1, last: false }, content(CHUNK_CAPACITY_BYTES), crypto);
    const open = (index: number, last: boolean): Promise<string> =>
      codeOf(openChunk(key, { index, last }, chunk.hash, chunk.bytes, crypto));
    expect(await open(1, false)).toBe("ok");
    expect(await open(0, false)).toBe("e2e/bad-chunk");
    expect(await open(2, true)).toBe("e2e/bad-chunk");
    expect(await open(1, true)).toBe("e2e/truncated-file");
    const end = await sealChunk(key, { index: 1, last: true }, content(5), crypto);
    expect(await codeOf(openChunk(key, { index: 1, last: false }, end.hash, end.bytes, crypto))).toBe(
      "e2e/bad-manifest",
    );
  });

  it("C-21 swapped, repeated, missing and foreign chunks are refused", async () => {
    const { blobs, file } = await sealed(content(THREE_CHUNKS));
    const [first, second, third] = blobs.order.map(idText) as [string, string, string];
    const served = (swap: Record<string, string>) => (hash: BlobHash) =>
      blobs.stored.get(swap[idText(hash)] ?? idText(hash)) ?? new Uint8Array(0);
    expect(await codeOf(opened(file, served({})))).toBe("ok");
    expect(await codeOf(opened(file, served({ [first]: second, [second]: first })))).toBe("e2e/bad-chunk");
    expect(await codeOf(opened(file, served({ [third]: first })))).toBe("e2e/bad-chunk");
    expect(await codeOf(opened(file, served({ [second]: "nothing" })))).toBe("e2e/bad-chunk");
  });

  it("C-21 a manifest that lies about order, count or size is refused", async () => {
    const { blobs, file } = await sealed(content(THREE_CHUNKS));
    const manifestKey = chunkKey(file.key, file.nonce, "chapar manifest v1", crypto);
    const relist = async (sizeBytes: number, hashes: readonly Uint8Array[], stated = sizeBytes): Promise<string> => {
      const head = new Uint8Array(9);
      head[0] = 1;
      new DataView(head.buffer).setBigUint64(1, BigInt(stated));
      const chunk = await sealChunk(manifestKey, { index: 0, last: true }, concatBytes(head, ...hashes), crypto);
      const get = (hash: BlobHash): Uint8Array => (equalBytes(hash, chunk.hash) ? chunk.bytes : blobs.get(hash));
      return await codeOf(opened({ ...file, hash: chunk.hash, sizeBytes }, get));
    };
    const [a, b, c] = blobs.order as [BlobHash, BlobHash, BlobHash];
    expect(await relist(THREE_CHUNKS, [a, b, c])).toBe("ok");
    expect(await relist(THREE_CHUNKS, [b, a, c])).toBe("e2e/bad-chunk");
    expect(await relist(2 * CHUNK_CAPACITY_BYTES, [a, b])).toBe("e2e/truncated-file");
    expect(await relist(4 * CHUNK_CAPACITY_BYTES, [a, b, c, c])).toBe("e2e/bad-manifest");
    expect(await relist(THREE_CHUNKS, [a, b])).toBe("e2e/bad-manifest");
    expect(await relist(THREE_CHUNKS - 1, [a, b, c])).toBe("e2e/bad-manifest");
    expect(await relist(5, [a])).toBe("e2e/bad-chunk");
    expect(await relist(THREE_CHUNKS, [a, b, c], THREE_CHUNKS - 1)).toBe("e2e/bad-manifest");
    expect(await codeOf(opened({ ...file, sizeBytes: 7 }, blobs.get))).toBe("e2e/bad-chunk");
    expect(await codeOf(opened({ ...file, sizeBytes: THREE_CHUNKS + 1 }, blobs.get))).toBe("e2e/bad-manifest");
  });

  it("C-20 padding that is not zero and a chunk that is not full are refused", async () => {
    const padded = new Uint8Array(65_536);
    padded.set([0, 0, 5]);
    padded[65_535] = 1;
    const label = new TextEncoder().encode("chapar chunk v1");
    const nonce = new Uint8Array(12);
    nonce[11] = 1;
    const bytes = await crypto.aeadSeal(key.bytes, nonce, label, padded);
    const open = (sealedBytes: Uint8Array, last: boolean): Promise<string> =>
      codeOf(openChunk(key, { index: 0, last }, crypto.sha256(sealedBytes) as BlobHash, sealedBytes, crypto));
    expect(await open(bytes, true)).toBe("e2e/bad-chunk");
    padded[65_535] = 0;
    expect(await open(await crypto.aeadSeal(key.bytes, nonce, label, padded), true)).toBe("ok");
    nonce[11] = 0;
    expect(await open(await crypto.aeadSeal(key.bytes, nonce, label, padded), false)).toBe("e2e/bad-chunk");
    await expect(sealChunk(key, { index: 0, last: false }, content(5), crypto)).rejects.toThrow(RangeError);
  });
});

describe("a file in a message", () => {
  const facts = {
    mediaType: "image/png",
    fileName: "عکس.png",
    description: "a photograph",
    disposition: Disposition.inline,
  };

  it("C-23 C-24 travels as an external part of the draft", async () => {
    for (const sizeBytes of [100, THREE_CHUNKS]) {
      const { file } = await sealed(content(sizeBytes));
      const part = filePart(file, facts);
      const message = {
        salt: new Uint8Array(16),
        replaces: undefined,
        topicId: new Uint8Array(0),
        expires: undefined,
        inReplyTo: undefined,
        extensions: NO_EXTENSIONS,
        body: part,
      };
      const decoded = decodeMimi(encodeMimi(message));
      expect(decoded).toEqual({ ok: true, value: message });
      expect(isFilePart(part)).toBe(true);
      expect(fileOfPart(part)).toEqual({ ok: true, value: { file, facts } });
    }
  });

  it("C-24 refuses fields that cannot all be true, and cleans the name", async () => {
    const { file } = await sealed(content(100));
    const part = filePart(file, { ...facts, fileName: "../\u202egpj.exe" });
    const read = fileOfPart(part);
    expect(read.ok && read.value.facts.fileName).toBe("_gpj.exe");
    for (const wrong of [
      { url: "https://example.com/x" },
      { encAlg: 1 },
      { hashAlg: 0 },
      { contentHash: new Uint8Array(32) },
      { key: new Uint8Array(16) },
      { nonce: new Uint8Array(11) },
      { aad: Uint8Array.of(1) },
      { aad: Uint8Array.of(0x6d) },
      { aad: Uint8Array.of(0x74) },
      { size: 70_000n },
      { size: 2n ** 63n },
    ])
      expect(fileOfPart({ ...part, ...wrong })).toEqual({ ok: false, code: "e2e/bad-manifest" });
  });
});
