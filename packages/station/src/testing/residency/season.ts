/*
 * A season of random operations over three regions. What each must answer is said beforehand by the laws alone, apart from the code
 * that judges; what rests where is found by looking at every byte of every store. Faults of the border can be planted in between:
 * each is then looked for in the books of both sides.
 */
import { SeededRng } from "@chapar/carrier/testing";
import { blobHash, type BlobHash, type Response } from "@chapar/wire";
import { nodeSha256 } from "../../node/node-crypto.ts";
import { knock } from "../test-room.ts";
import { auditBooks, join, type Place, type Resident, RegionWorld, type SeasonGround } from "./region-world.ts";
import { findMarks, markBytes } from "./watched-store.ts";

const BUCKET_BYTES = 512;
/** Operations that are on their way at once, at most: a station that has work for many signs for all of them together. */
const MOST_AT_ONCE = 512;
const REFUSED = "station/region-refused";
/** Answers that say nothing about regions. */
const BESIDE_IT: readonly string[] = ["station/no-key-packages", "station/too-many-key-packages"];

/** What a season is. */
export interface SeasonOrder {
  readonly seed: number;
  readonly operations: number;
  /** how many faults of the border are planted among them */
  readonly plants: number;
}

/** What a season was. */
export interface SeasonResult {
  readonly operations: number;
  /** operations that the law did not allow, each answered with a refusal that says so */
  readonly refused: number;
  /** answers that were others than the laws say */
  readonly wrongAnswers: number;
  /** times that a mark was found in a store */
  readonly marks: number;
  /** marks found where they must not be, before any fault was planted; so are the next four */
  readonly misplaced: number;
  /** bytes that crossed between stations and that both sides have in their books */
  readonly matchedBytes: number;
  /** bytes that only one side has, and objects that crossed against a law */
  readonly unexplainedBytes: number;
  readonly unlawful: number;
  readonly planted: number;
  /** planted faults that the books show */
  readonly flagged: number;
}

interface Operation {
  /** @returns the code of a refusal */
  readonly run: () => Promise<string | undefined>;
  readonly isRefused: boolean;
}

const abroad = (from: Place, to: Place): boolean => from.region !== to.region;
const signs = (at: Place): boolean => at.law.saltedCommitmentsMayLeave;
const keeps = (at: Place, of: "account" | "envelope" | "blob"): boolean => at.law.data[of].mode === "exclusive";
const codeOf = (answer: Response): string | undefined => (answer.type === "error" ? answer.code : undefined);

/** Random operations of the residents of a place. */
export class Season {
  readonly #at: SeasonGround;
  readonly #dice: SeededRng;
  readonly #blobs: { readonly owner: Place; readonly hash: BlobHash }[] = [];
  #number = 0;

  constructor(at: SeasonGround, dice: SeededRng) {
    this.#at = at;
    this.#dice = dice;
  }

  #pick<T>(from: readonly T[]): T {
    const one = from[this.#dice.between(0, from.length - 1)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  }

  #mark(of: "account" | "envelope" | "blob", region: string): Uint8Array {
    return markBytes({ of, region, number: ++this.#number });
  }

  /** The next operation, and whether the laws refuse it. */
  next(): Operation {
    const who = this.#pick(this.#at.residents);
    const other = this.#pick(this.#at.residents);
    const dice = this.#dice.between(0, 99);
    if (dice < 45) return this.#write(who, who);
    if (dice < 65) return this.#write(who, other);
    if (dice < 75) return this.#knock(who, other);
    if (dice < 82) return this.#putBlob(who);
    if (dice < 90) return this.#getBlob(who);
    if (dice < 94) return this.#putKeys(who);
    return dice < 98 ? this.#takeKeys(who, other) : this.#chain(who, other);
  }

  /** So many at once as dice say; at most `most`. */
  nextWave(most: number): readonly Operation[] {
    const length = Math.min(most, this.#dice.between(1, MOST_AT_ONCE));
    return Array.from({ length }, () => this.next());
  }

  /** An operation that the laws refuse; undefined when they refuse none. */
  nextRefused(tries = 200): Operation | undefined {
    for (let i = 0; i < tries; i++) {
      const one = this.next();
      if (one.isRefused) return one;
    }
    return undefined;
  }

  #write(who: Resident, owner: Resident): Operation {
    const { home } = who;
    const hub = owner.home;
    const isHere = who === owner || home.mirrored.has(owner.room.number);
    const mayJoin = !abroad(home, hub) || (!keeps(hub, "envelope") && signs(hub));
    const mayWrite = !abroad(home, hub) || (!keeps(home, "envelope") && signs(hub));
    return {
      isRefused: !(mayWrite && (isHere || mayJoin)),
      run: async () => {
        const refusal = who === owner ? undefined : await join(who, owner);
        if (refusal !== undefined) return refusal;
        const text = Buffer.from(this.#mark("envelope", home.region)).toString("latin1");
        const entry = owner.room.message(text, { bucketBytes: BUCKET_BYTES });
        return codeOf(await who.client.ask({ type: "log.append", log: owner.log, entry }));
      },
    };
  }

  #knock(who: Resident, other: Resident): Operation {
    const { home } = who;
    const hub = other.home;
    const { inbox } = other;
    return {
      isRefused: abroad(home, hub) && (keeps(home, "envelope") || !signs(hub)),
      run: async () => {
        const entry = knock(Buffer.from(this.#mark("envelope", home.region)).toString("latin1"));
        const body = { type: "inbox.append", inbox, at: hub.at.ref, entry } as const;
        return codeOf(await who.client.ask(body));
      },
    };
  }

  #putBlob({ home, client }: Resident): Operation {
    return {
      isRefused: false,
      run: async () => {
        const bytes = this.#mark("blob", home.region);
        const answer = await client.ask({ type: "blob.put", bytes, lock: undefined });
        this.#blobs.push({ owner: home, hash: blobHash(nodeSha256(bytes)) });
        return codeOf(answer);
      },
    };
  }

  #getBlob(who: Resident): Operation {
    if (this.#blobs.length === 0) return this.#putBlob(who);
    const { owner, hash } = this.#pick(this.#blobs);
    return {
      isRefused: abroad(who.home, owner) && keeps(owner, "blob"),
      run: async () => {
        const answer = await who.client.ask({ type: "blob.get", hash, at: owner.at.ref });
        if (answer.type === "blob") this.#handedOut(answer.bytes, who);
        return codeOf(answer);
      },
    };
  }

  #putKeys({ home, client }: Resident): Operation {
    return {
      isRefused: false,
      run: async () => {
        const packages = [this.#mark("account", home.region)];
        return codeOf(await client.ask({ type: "keys.put", suite: 0xf00d, packages }));
      },
    };
  }

  #takeKeys(who: Resident, other: Resident): Operation {
    return {
      isRefused: abroad(who.home, other.home) && keeps(other.home, "account"),
      run: async () => {
        const body = {
          type: "keys.take",
          suite: 0xf00d,
          identity: other.person.identity,
          at: other.home.at.ref,
        } as const;
        const answer = await who.client.ask(body);
        if (answer.type === "keys.taken") for (const one of answer.devices) this.#handedOut(one.package, who);
        return codeOf(answer);
      },
    };
  }

  #chain(who: Resident, other: Resident): Operation {
    return {
      isRefused: abroad(who.home, other.home) && keeps(other.home, "account"),
      run: async () => {
        const body = { type: "identity.get", identity: other.person.identity, at: other.home.at.ref } as const;
        return codeOf(await who.client.ask(body));
      },
    };
  }

  #handedOut(bytes: Uint8Array, to: Resident): void {
    for (const mark of findMarks(bytes)) this.#at.handedOut(mark, to.home.region);
  }
}

/** Honest operations, so many on their way at once, counted. */
export async function playHonestly(
  season: Season,
  at: SeasonGround,
  operations: number,
): Promise<{ refused: number; wrongAnswers: number }> {
  let refused = 0;
  let wrongAnswers = 0;
  for (let done = 0; done < operations;) {
    const wave = season.nextWave(operations - done);
    done += wave.length;
    const codes = await at.settle(Promise.all(wave.map(({ run }) => run())));
    for (const [i, code] of codes.entries()) {
      if (code === REFUSED) refused++;
      const isRight = wave[i]?.isRefused === true ? code === REFUSED : code === undefined || BESIDE_IT.includes(code);
      if (!isRight) wrongAnswers++;
    }
  }
  return { refused, wrongAnswers };
}

/** Faults of all borders, each for one operation that the laws refuse; loud and silent ones in turn. */
async function plantFaults(
  season: Season,
  at: RegionWorld,
  plants: number,
): Promise<{ planted: number; flagged: number }> {
  let planted = 0;
  let flagged = 0;
  for (let i = 0; i < plants; i++) {
    const operation = season.nextRefused();
    if (operation === undefined) break;
    const before = auditBooks(at.regions);
    at.fault = i % 2 === 0 ? "loud" : "silent";
    const code = await at.settle(operation.run());
    // What follows from it still crosses while the fault lasts.
    await at.world.clock.advance(1);
    at.fault = undefined;
    if (code !== undefined) continue;
    planted++;
    const after = auditBooks(at.regions);
    if (after.unlawful > before.unlawful || after.unexplainedBytes > before.unexplainedBytes) flagged++;
  }
  return { planted, flagged };
}

/** Plays a season: honest operations, then faults. Deterministic in its order, but for keys of links. */
export async function playResidencySeason({ seed, operations, plants }: SeasonOrder): Promise<SeasonResult> {
  const dice = new SeededRng(seed);
  const at = await RegionWorld.open(dice);
  const season = new Season(at, dice);
  const answers = await playHonestly(season, at, operations);
  await at.world.clock.advance(1);
  const honest = { ...auditBooks(at.regions), marks: at.marks, misplaced: at.misplaced.length };
  const faults = await plantFaults(season, at, plants);
  await at.close();
  return { operations, ...answers, ...honest, ...faults };
}
