/*
 * Fifty members change one group at once, over and over, while others write, restart, lag behind, lose their state and come
 * back, and get removed: a thousand commits. A hub that understands nothing takes the first of each epoch. What must come
 * out is one line of epochs, the same for everybody, and every letter that the hub took read once by everybody who was there.
 */
import { equalBytes } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KeyPackage, Pending, PendingJoin } from "../src/mls/port.ts";
import { tsMls } from "../src/mls/ts-mls/ts-mls.ts";
import { nodeCrypto } from "../src/node/node-crypto.ts";
import { codeOf, type Party, World } from "../src/testing/mls-party.ts";

const MEMBERS = 50;
const WAVES = 20;
const COMMITS = 1000;
const NOTHING = new Uint8Array(0);

interface Entry {
  readonly kind: "commit" | "message";
  readonly frame: Uint8Array;
  /** what a message says, for comparing */
  readonly text?: string;
}

/** A log with an epoch: the first commit for an epoch wins, a message of another epoch is refused. */
class Hub {
  readonly log: Entry[] = [];
  epoch: number;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  append(entry: Entry, epoch: number): boolean {
    if (epoch !== this.epoch) return false;
    this.log.push(entry);
    if (entry.kind === "commit") this.epoch++;
    return true;
  }
}

/** A client as far as this test needs one: a cursor, an outbox, and a pending commit. */
class Client {
  readonly party: Party;
  readonly hub: Hub;
  readonly outbox: string[] = [];
  /** what it read and wrote, by place in the log */
  readonly read = new Map<number, string>();
  readonly wrote = new Set<number>();
  /** places that it cannot have read: it had lost its state */
  readonly blind = new Set<number>();
  readonly since: number;
  cursor: number;
  pending: Pending | undefined;
  left = false;

  constructor(party: Party, hub: Hub) {
    this.party = party;
    this.hub = hub;
    this.since = hub.log.length;
    this.cursor = this.since;
  }

  /** The places of letters that it should have and has not, or has otherwise than they were written. */
  missing(): number[] {
    const here = this.hub.log.slice(0, this.left ? this.cursor : undefined);
    return here.flatMap(({ kind, text }, place) => {
      const known = place < this.since || this.wrote.has(place) || this.blind.has(place);
      return kind === "commit" || known || this.read.get(place) === text ? [] : [place];
    });
  }

  async sync(): Promise<void> {
    while (!this.left && this.cursor < this.hub.log.length) {
      const entry = this.hub.log[this.cursor]!;
      await this.#open(entry);
      this.cursor++;
    }
  }

  async #open({ kind, frame }: Entry): Promise<void> {
    if (this.pending !== undefined && equalBytes(this.pending.frame, frame)) {
      await this.party.merge(this.pending);
      this.pending = undefined;
      return;
    }
    if (this.wrote.has(this.cursor)) {
      expect(await codeOf(this.party.open(frame))).toBe("e2e/own-frame");
      return;
    }
    const incoming = await this.party.open(frame);
    expect(incoming.kind).toBe(kind);
    if (incoming.kind === "message") {
      expect(this.read.has(this.cursor)).toBe(false);
      this.read.set(this.cursor, new TextDecoder().decode(incoming.content));
    }
    if (incoming.kind === "commit") this.left = incoming.left;
  }

  /** Sends what waits, sealed anew where the epoch has gone on. */
  async flush(): Promise<void> {
    for (let text = this.outbox[0]; text !== undefined && !this.left; text = this.outbox[0]) {
      const frame = await this.party.seal(text);
      const at = this.hub.log.length;
      if (this.hub.append({ kind: "message", frame, text }, this.party.group.epoch)) {
        this.wrote.add(at);
        this.outbox.shift();
      } else await this.sync();
    }
  }

  async restart(): Promise<void> {
    await this.party.restart();
    if (this.pending !== undefined)
      this.pending = await this.party.mls.loadPending(this.party.device, this.party.records);
  }

  drop(): void {
    if (this.pending === undefined) return;
    this.party.take(this.party.mls.drop(this.party.group, this.pending));
    this.pending = undefined;
  }
}

/** What happens in one wave; all numbers are taken modulo what there is. */
interface Wave {
  readonly order: readonly number[];
  readonly writers: readonly number[];
  readonly lagging: readonly number[];
  readonly restarting: readonly number[];
  /** one client loses its state and knocks among the others */
  readonly lost: number | undefined;
  /** one commit takes a member out and brings another in */
  readonly replaced: number | undefined;
}

const members = (count: number): fc.Arbitrary<number[]> => fc.array(fc.nat(), { minLength: count, maxLength: count });
const WAVE: fc.Arbitrary<Wave> = fc.record({
  order: fc.shuffledSubarray(
    Array.from({ length: MEMBERS }, (_, i) => i),
    { minLength: MEMBERS },
  ),
  writers: members(4),
  lagging: members(6),
  restarting: members(3),
  lost: fc.option(fc.nat(), { freq: 2 }).map((value) => value ?? undefined),
  replaced: fc.option(fc.nat(), { freq: 2 }).map((value) => value ?? undefined),
});

/** The race: its clients, and what came of it. */
class Race {
  readonly world: World;
  readonly hub: Hub;
  clients: Client[];
  /** those who were taken out */
  readonly gone: Client[] = [];
  commits = 0;
  #texts = 0;

  constructor(world: World, parties: readonly Party[]) {
    this.world = world;
    this.hub = new Hub(1);
    this.clients = parties.map((party) => new Client(party, this.hub));
  }

  at(index: number): Client {
    return this.clients[index % this.clients.length]!;
  }

  /** A client without its state makes its joining commit; what it does until the hub takes one. */
  async #knock(client: Client): Promise<() => Promise<void>> {
    const { party } = client;
    client.drop();
    await client.sync();
    await client.flush();
    await client.sync();
    const helper = this.clients.find((other) => other !== client)!;
    const knock = async (): Promise<PendingJoin> => {
      await helper.sync();
      this.commits++;
      const join = await party.mls.joinExternal(
        party.device,
        await helper.party.mls.groupInfo(helper.party.group),
        NOTHING,
      );
      expect(join.resync).toBe(true);
      party.write(join.writes);
      return join;
    };
    party.records.clear();
    let join = await knock();
    return async () => {
      while (!this.hub.append({ kind: "commit", frame: join.frame }, join.follows)) {
        party.write(party.mls.abandon(join));
        join = await knock();
      }
      await party.enter(join);
      for (; client.cursor < this.hub.log.length; client.cursor++) client.blind.add(client.cursor);
    };
  }

  /** A change that is pending at its client, and what follows when the hub took it. */
  async #pend(client: Client, replaced: Client | undefined): Promise<{ newcomer?: Party; keyPackage?: KeyPackage }> {
    if (client.pending !== undefined) client.drop();
    this.commits++;
    const leaf = client.party.group
      .members()
      .find(({ credential }) =>
        equalBytes(credential.device, replaced?.party.device.credential.device ?? NOTHING),
      )?.leaf;
    if (leaf === undefined || leaf === client.party.group.ownLeaf) {
      client.pending = await client.party.pend({});
      return {};
    }
    const newcomer = await this.world.party();
    const keyPackage = await newcomer.mls.keyPackage(newcomer.device);
    client.pending = await client.party.pend({ add: [keyPackage.publicBytes], remove: [leaf] });
    return { newcomer, keyPackage };
  }

  async play(wave: Wave): Promise<void> {
    const lagging = new Set(wave.lagging.map((index) => this.at(index)));
    const lost = wave.lost === undefined ? undefined : this.at(wave.lost);
    for (const client of this.clients) if (!lagging.has(client)) await client.sync();
    for (const index of wave.writers) this.at(index).outbox.push(`letter ${this.#texts++}`);
    const knock = lost === undefined ? undefined : await this.#knock(lost);
    const replaced = wave.replaced === undefined ? undefined : this.at(wave.replaced);
    const boldest = this.at(wave.order[0]!);
    const made = new Map<Client, { newcomer?: Party; keyPackage?: KeyPackage }>();
    // All at once: everyone's commit is made before the hub has seen one.
    for (const index of wave.order) {
      const client = this.at(index);
      if (client === lost || made.has(client)) continue;
      made.set(client, await this.#pend(client, client === boldest && replaced !== lost ? replaced : undefined));
    }
    for (const index of wave.restarting) if (this.at(index) !== lost) await this.at(index).restart();
    const first = (wave.order[1] ?? 0) % 2 === 0;
    if (first) await knock?.();
    for (const [client, { newcomer, keyPackage }] of made) {
      const { pending, party } = client;
      if (pending === undefined || !this.hub.append({ kind: "commit", frame: pending.frame }, party.group.epoch))
        continue;
      if (newcomer === undefined || keyPackage === undefined || replaced === undefined) continue;
      await newcomer.join(keyPackage, pending);
      this.gone.push(replaced);
      this.clients = this.clients.map((one) => (one === replaced ? new Client(newcomer, this.hub) : one));
    }
    if (!first) await knock?.();
    for (const index of wave.writers) await this.at(index).flush();
    // Whoever lost reads the winner's commit and drops its own.
    for (const client of this.clients) {
      if (lagging.has(client)) continue;
      await client.sync();
      client.drop();
    }
  }
}

describe("a race", () => {
  it("G-31 a thousand commits of fifty members at once: one line of epochs, no fork, no letter lost", async () => {
    const world = new World(nodeCrypto(), (parts) => tsMls({ ...parts, suite: "x25519" }), "x25519");
    const race = new Race(world, await world.group(MEMBERS));
    const waves = fc.sample(WAVE, { seed: 20_261_128, numRuns: 2 * WAVES });
    for (let i = 0; race.commits < COMMITS; i++) await race.play(waves[i]!);
    for (const client of [...race.clients, ...race.gone]) {
      await client.sync();
      await client.flush();
    }
    for (const client of race.clients) await client.sync();

    const { hub, clients, gone } = race;
    const taken = hub.log.filter(({ kind }) => kind === "commit").length;
    expect(hub.epoch).toBe(1 + taken);
    expect(race.commits).toBeGreaterThanOrEqual(COMMITS);
    expect(taken).toBeGreaterThanOrEqual(WAVES);
    expect(gone.length).toBeGreaterThan(0);
    expect(gone.every(({ left }) => left)).toBe(true);
    expect(clients.some(({ blind }) => blind.size > 0)).toBe(true);
    const letters = hub.log.length - taken;
    expect(letters).toBeGreaterThan(WAVES);
    for (const client of [...clients, ...gone]) expect(client.missing()).toEqual([]);
    const secret = await clients[0]!.party.mls.exportSecret(clients[0]!.party.group, "line", NOTHING, 32);
    for (const { party } of clients) {
      expect(party.group.epoch).toBe(hub.epoch);
      expect(party.group.members()).toEqual(clients[0]!.party.group.members());
      expect(equalBytes(await party.mls.exportSecret(party.group, "line", NOTHING, 32), secret)).toBe(true);
    }
  });
});
