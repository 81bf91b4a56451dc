/* The key tree, periods and letters of channels (protocol/20-channels.md), against readers, writers and stations that lie. */
import { array, assert, asyncProperty, constantFrom, nat, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { isE2eError } from "../errors.ts";
import { nodeCrypto } from "../node/index.ts";
import {
  firstChainKey,
  followTree,
  LeaderTree,
  type LetterChain,
  type LetterPlace,
  MAX_LEAVES,
  openLetter,
  openPeriod,
  type PeriodBody,
  type PeriodEntry,
  periodSecrets,
  sealLetter,
  sealPeriod,
} from "./index.ts";

const crypto = nodeCrypto();
const LOG = new Uint8Array(32).fill(7);
const seedOf = (name: number): Uint8Array => new Uint8Array(32).fill(name);

async function deviceOf(seed: number) {
  const bytes = seedOf(seed);
  const device = await crypto.ed25519.publicKey(bytes);
  return { device, sign: async (message: Uint8Array) => crypto.ed25519.sign(bytes, message) };
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isE2eError(error)) return error.code;
    throw error;
  }
  return "taken";
}

interface Reader {
  readonly leaf: number;
  keys: readonly Uint8Array[];
  gone: boolean;
}

const move = record({
  what: constantFrom("join", "remove", "week"),
  leaf: nat(24),
  others: array(nat(24), { maxLength: 3 }),
});

describe("the key tree of a channel", () => {
  it("H-5 H-6 for every sequence of joins and removals exactly the present readers derive the period's key", async () => {
    await assert(
      asyncProperty(array(move, { maxLength: 14 }), async (moves) => {
        const tree = new LeaderTree(crypto, seedOf(1));
        const here = new Map<number, Reader>();
        const gone: Reader[] = [];
        let period = 0;
        for (const { what, leaf, others } of moves) {
          if (what === "join") {
            // Places that are far apart and places that are neighbours.
            const place = leaf % 2 === 0 ? leaf : MAX_LEAVES - 1 - leaf;
            if (!here.has(place)) here.set(place, { leaf: place, keys: tree.path(place, period), gone: false });
            continue;
          }
          const removed = what === "week" ? [] : [...here.keys()].filter((one) => others.includes(one) || one === leaf);
          for (const one of removed) gone.push({ ...here.get(one)!, gone: true });
          for (const one of removed) here.delete(one);
          period += 1;
          const periodKey = crypto.random(32);
          const seals = await tree.rekey(period, removed, here.keys(), periodKey);
          for (const reader of here.values()) {
            const followed = await followTree(crypto, reader, period, seals);
            expect(followed?.periodKey).toEqual(periodKey);
            reader.keys = followed!.keys;
            expect(reader.keys).toEqual(tree.path(reader.leaf, period));
          }
          for (const reader of gone) expect(await followTree(crypto, reader, period, seals)).toBeUndefined();
          for (const reader of gone) {
            // With everything that they still hold, as somebody would who keeps trying at any place of the tree.
            for (const other of here.keys())
              expect(await followTree(crypto, { ...reader, leaf: other }, period, seals)).toBeUndefined();
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("H-6 a removal of one among thousands seals at most two keys a level, and nothing where nobody is", async () => {
    const tree = new LeaderTree(crypto, seedOf(2));
    const present = Array.from({ length: 2000 }, (_, at) => (at * 31) % MAX_LEAVES);
    const seals = await tree.rekey(1, [present[0]!], present.slice(1), crypto.random(32));
    expect(seals.length).toBeGreaterThan(10);
    expect(seals.length).toBeLessThanOrEqual(2 * 16);
    const lone = await tree.rekey(2, present.slice(1), [], crypto.random(32));
    expect(lone).toEqual([]);
  });

  it("H-6 whoever has a place that somebody had before opens nothing of theirs, nor they of the new one's", async () => {
    const tree = new LeaderTree(crypto, seedOf(3));
    const before = { leaf: 5, keys: tree.path(5, 0) };
    await tree.rekey(1, [5], [6], crypto.random(32));
    const after = { leaf: 5, keys: tree.path(5, 1) };
    const key = crypto.random(32);
    const seals = await tree.rekey(2, [], [5, 6], key);
    expect((await followTree(crypto, after, 2, seals))?.periodKey).toEqual(key);
    expect(await followTree(crypto, before, 2, seals)).toBeUndefined();
  });

  it("H-7 keys that a stolen reader holds now open no period of before", async () => {
    const tree = new LeaderTree(crypto, seedOf(4));
    let reader = { leaf: 9, keys: tree.path(9, 0) };
    const [first, second] = [crypto.random(32), crypto.random(32)];
    const sealsOfFirst = await tree.rekey(1, [], [9, 10], first);
    reader = { leaf: 9, keys: (await followTree(crypto, reader, 1, sealsOfFirst))!.keys };
    expect(await followTree(crypto, reader, 1, sealsOfFirst)).toBeUndefined();
    const sealsOfSecond = await tree.rekey(2, [], [9, 10], second);
    expect((await followTree(crypto, reader, 2, sealsOfSecond))?.periodKey).toEqual(second);
  });
});

const ENTRY: PeriodEntry = {
  log: LOG,
  ends: 4,
  nextWriteKey: seedOf(21),
  nextReadKey: seedOf(22),
  revokesReaders: true,
};
const BODY: PeriodBody = {
  frontier: { size: 7, root: new Uint8Array(32).fill(7) },
  period: 5,
  name: "Mountain news",
  about: "What happens up there",
  readers: 12,
  writers: [new Uint8Array(20).fill(3)],
  people: Uint8Array.of(1, 2, 3),
  seats: [{ leaf: 4, sealed: new Uint8Array(48).fill(4) }],
  seals: [{ child: 65_540, sealed: new Uint8Array(48).fill(5) }],
  note: Uint8Array.of(9),
};

describe("a period's commit", () => {
  it("H-4 comes back as it was sealed, in whole kilobytes, for whoever is in the period that it ends", async () => {
    const leader = await deviceOf(11);
    const { commitKey } = periodSecrets(crypto, seedOf(30));
    const frame = await sealPeriod(crypto, commitKey, ENTRY, BODY, leader);
    expect(frame.byteLength % 1024).toBe(0);
    const leads = async (device: Uint8Array) => device.every((byte, at) => byte === leader.device[at]);
    expect(await openPeriod(crypto, commitKey, ENTRY, frame, leads)).toEqual(BODY);
  });

  it("H-4 H-9 is refused from a writer, for another board or period, with other keys, and with any octet changed", async () => {
    const [leader, writer] = [await deviceOf(11), await deviceOf(12)];
    const { commitKey } = periodSecrets(crypto, seedOf(30));
    const leads = async (device: Uint8Array) => device.every((byte, at) => byte === leader.device[at]);
    const open = (frame: Uint8Array, entry: PeriodEntry = ENTRY) =>
      refusal(openPeriod(crypto, commitKey, entry, frame, leads));
    const frame = await sealPeriod(crypto, commitKey, ENTRY, BODY, leader);
    expect(await open(await sealPeriod(crypto, commitKey, ENTRY, BODY, writer))).toBe("e2e/bad-credential");
    const lent = { device: leader.device, sign: writer.sign };
    expect(await open(await sealPeriod(crypto, commitKey, ENTRY, BODY, lent))).toBe("e2e/bad-credential");
    expect(await open(frame, { ...ENTRY, log: seedOf(8) })).toBe("e2e/bad-tag");
    expect(await open(frame, { ...ENTRY, ends: 5 })).toBe("e2e/bad-tag");
    expect(await open(frame, { ...ENTRY, nextReadKey: seedOf(1) })).toBe("e2e/bad-credential");
    expect(await open(frame, { ...ENTRY, nextWriteKey: seedOf(1) })).toBe("e2e/bad-credential");
    expect(await open(frame, { ...ENTRY, revokesReaders: false })).toBe("e2e/bad-credential");
    expect(await open(await sealPeriod(crypto, commitKey, ENTRY, { ...BODY, period: 7 }, leader))).toBe(
      "e2e/bad-commit",
    );
    expect(await open(new Uint8Array(5))).toBe("e2e/bad-tag");
    for (const at of [0, 20, 400, frame.byteLength - 1]) {
      const changed = frame.slice();
      changed[at]! ^= 1;
      expect(await open(changed)).toBe("e2e/bad-tag");
    }
  });
});

async function board() {
  const writer = await deviceOf(41);
  const periodKey = seedOf(31);
  const place: LetterPlace = { log: LOG, period: 3, headKey: periodSecrets(crypto, periodKey).headKey };
  const start: LetterChain = {
    device: writer.device,
    index: 0,
    key: firstChainKey(crypto, periodKey, writer.device),
  };
  const letters: Uint8Array[] = [];
  let chain = start;
  for (let at = 0; at < 4; at++) {
    const sealed = await sealLetter(crypto, place, chain, new TextEncoder().encode(`letter ${at}`), writer);
    letters.push(sealed.frame);
    chain = sealed.chain;
  }
  return { writer, periodKey, place, start, letters, end: chain };
}

describe("a letter of a channel", () => {
  it("H-8 is read once, in order or with some skipped, and its key is gone after it", async () => {
    const { place, start, letters } = await board();
    const read: string[] = [];
    let chain = start;
    for (const frame of [letters[0]!, letters[2]!, letters[3]!]) {
      const opened = await openLetter(crypto, place, frame, () => chain);
      read.push(new TextDecoder().decode(opened.letter));
      chain = opened.chain;
    }
    expect(read).toEqual(["letter 0", "letter 2", "letter 3"]);
    for (const frame of letters)
      expect(await refusal(openLetter(crypto, place, frame, () => chain))).toBe("e2e/replayed");
    expect(letters.map(({ byteLength }) => byteLength)).toEqual([512, 512, 512, 512]);
  });

  it("H-8 H-9 is refused when it is forged, altered, of another period or board, too far ahead, or of a device that may not write", async () => {
    const { place, start, letters, periodKey, writer } = await board();
    const open = (frame: Uint8Array, at: LetterPlace = place) => refusal(openLetter(crypto, at, frame, () => start));
    const [frame] = letters;
    expect(await open(frame!, { ...place, period: 4 })).toBe("e2e/bad-tag");
    expect(await open(frame!, { ...place, log: seedOf(9) })).toBe("e2e/bad-tag");
    expect(await open(frame!, { ...place, headKey: seedOf(9) })).toBe("e2e/bad-tag");
    for (const at of [0, 30, 70, 511]) {
      const changed = frame!.slice();
      changed[at]! ^= 1;
      expect(await open(changed)).toBe("e2e/bad-tag");
    }
    // Every reader holds the period's key: what makes a letter a writer's is the signature.
    const reader = await deviceOf(50);
    const forged = await sealLetter(crypto, place, start, Uint8Array.of(1), { ...reader, device: writer.device });
    expect(await open(forged.frame)).toBe("e2e/bad-credential");
    const own = { device: reader.device, index: 0, key: firstChainKey(crypto, periodKey, reader.device) };
    const stranger = await sealLetter(crypto, place, own, Uint8Array.of(1), reader);
    expect(await refusal(openLetter(crypto, place, stranger.frame, () => undefined))).toBe("e2e/bad-credential");
    // A writer's own signature does not carry into another place of their chain.
    const moved = await sealLetter(crypto, place, start, new TextEncoder().encode("letter 0"), {
      device: writer.device,
      sign: async () => crypto.ed25519.sign(seedOf(41), Uint8Array.of(1)),
    });
    expect(await open(moved.frame)).toBe("e2e/bad-credential");
    const far = await sealLetter(crypto, place, { ...start, index: 5000 }, Uint8Array.of(1), writer);
    expect(await open(far.frame)).toBe("e2e/too-far");
    expect(await open(new Uint8Array(512))).toBe("e2e/bad-tag");
    expect(await open(new Uint8Array(8))).toBe("e2e/bad-tag");
  });

  it("H-7 H-8 what a stolen device holds after it has read opens nothing of what it has read", async () => {
    const { place, end, letters } = await board();
    for (const frame of letters)
      expect(await refusal(openLetter(crypto, place, frame, () => end))).toBe("e2e/replayed");
    // Also with the counter set back, as somebody would who has only the key.
    for (const frame of letters)
      expect(await refusal(openLetter(crypto, place, frame, () => ({ ...end, index: 0 })))).toBe("e2e/bad-tag");
  });

  it("H-8 what does not fit the largest frame is refused before anything is sealed", async () => {
    const { place, start, writer } = await board();
    const large = new Uint8Array(40_000);
    expect(await refusal(sealLetter(crypto, place, start, large, writer))).toBe("e2e/too-large");
  });
});
