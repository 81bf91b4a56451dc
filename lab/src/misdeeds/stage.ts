/*
 * What every batch is played on: two station processes that outlive it (the one that lies, and an honest one that witnesses
 * it), and for each batch new folders, new people and a conversation between each writer and each reader.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ConversationIdText } from "@chapar/client";
import { type Invite, inviteLink } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { identityId, stationKey, type StationRef } from "@chapar/wire";
import { fromBase32 } from "@chapar/wire/bytes";
import { LabError } from "../errors.ts";
import { Conductor } from "./conductor.ts";
import { type StationAddress, type StationOrder, StationProcess } from "./orders.ts";
import { Person } from "./person.ts";

/** Memory, when the machine lends some as a folder: what is tried here is not its disk. */
const FAST_FOLDER = "/dev/shm";
/** Virtual time that setting up may take. */
export const PATIENCE_MS = 600_000;
const REGION = "IR";
const KNOCK_BYTES = 16;

const crypto = nodeCrypto();

/** One conversation, in which one person writes and one reads. */
export interface Talk {
  readonly place: number;
  /** empty until it is begun */
  id: ConversationIdText;
  readonly writer: Person;
  readonly reader: Person;
  /** the room's log, after the first receipt */
  log: Uint8Array;
  /** entries of the log when the reader was last there */
  held: number;
  /** every text that was written before the lie, in order */
  readonly texts: string[];
}

/** Processes that are used again and again. */
export class Stage implements AsyncDisposable {
  #liar: StationProcess = new StationProcess();
  #honest: StationProcess = new StationProcess();
  readonly root: string = mkdtempSync(join(existsSync(FAST_FOLDER) ? FAST_FOLDER : tmpdir(), "chapar-misdeeds-"));
  #worlds = 0;

  /** The station's process; another one after it was killed. */
  get liar(): StationProcess {
    return this.#liar;
  }

  /** The process of the station that never lies. */
  get honest(): StationProcess {
    return this.#honest;
  }

  /** Ends the station's process at once, and begins another. */
  async killLiar(): Promise<void> {
    await this.#liar.kill();
    this.#liar = new StationProcess();
  }

  /** As `killLiar`, of the other station. */
  async killHonest(): Promise<void> {
    await this.#honest.kill();
    this.#honest = new StationProcess();
  }

  /** Stations with nothing in them, and time at now. */
  async world(seed: number, failed: (code: string) => void): Promise<World> {
    const folder = join(this.root, `world-${++this.#worlds}`);
    const conductor = new Conductor(Date.now(), () => [this.#liar, this.#honest]);
    const nowMs = conductor.nowMs;
    const base = { port: 0, region: REGION, nowMs };
    const witness = await this.honest.tell("open", {
      ...base,
      dataDir: join(folder, "honest"),
      name: "honest",
      peers: [],
      witnesses: [],
    });
    const order = {
      ...base,
      dataDir: join(folder, "liar"),
      name: "liar",
      peers: [witness.url],
      witnesses: [witness.url],
    };
    const liar = await this.#liar.tell("open", order);
    // A station witnesses the logs of its own peers, and learns the liar's address only now.
    await this.honest.tell("close", undefined);
    const peers = [liar.url];
    const port = Number(new URL(witness.url).port);
    const honestOrder = { ...base, port, dataDir: join(folder, "honest"), name: "honest", peers, witnesses: [] };
    const honest = await this.honest.tell("open", honestOrder);
    return new World({ conductor, folder, order, liar, honestOrder, honest, stage: this, seed, failed });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#liar[Symbol.asyncDispose](), this.honest[Symbol.asyncDispose]()]);
    rmSync(this.root, { recursive: true, force: true });
  }
}

interface WorldParts {
  readonly conductor: Conductor;
  readonly folder: string;
  /** what the liar was started with */
  readonly order: StationOrder;
  readonly liar: StationAddress;
  /** the same of the other station */
  readonly honestOrder: StationOrder;
  readonly honest: StationAddress;
  readonly stage: Stage;
  readonly seed: number;
  readonly failed: (code: string) => void;
}

/** Where somebody is at home, as their invite says. */
interface Home {
  readonly station: StationRef;
  readonly region: string;
  readonly token: Uint8Array;
}

function homeAt({ key, url, token }: StationAddress): Home {
  return { station: { key: stationKey(key), urls: [url] }, region: REGION, token };
}

/** The people and conversations of one batch. */
export class World implements AsyncDisposable {
  readonly conductor: Conductor;
  readonly liar: StationAddress;
  readonly folder: string;
  readonly writers: Person[] = [];
  readonly readers: Person[] = [];
  readonly talks: Talk[] = [];
  /** virtual time that setting up, and what people wait for, may take */
  patienceMs: number = PATIENCE_MS;
  readonly #parts: WorldParts;

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.conductor = parts.conductor;
    this.liar = parts.liar;
    this.folder = parts.folder;
  }

  get stage(): Stage {
    return this.#parts.stage;
  }

  get people(): readonly Person[] {
    return [...this.writers, ...this.readers];
  }

  /** The station that lies, as people are homed at it. */
  get home(): Home {
    return homeAt(this.liar);
  }

  #invite(person: Invite["person"], { station, region, token }: Home = this.home): string {
    const invite = { home: { station, region }, stationName: "liar", token, person, routes: [] };
    return inviteLink(invite, (bytes) => crypto.sha256(bytes));
  }

  /** An invite to write to somebody. */
  inviteOf(identity: Uint8Array): string {
    return this.#invite({ identity: identityId(identity), name: "Nima", knock: crypto.random(KNOCK_BYTES) });
  }

  /**
   * Kills the station's process in the middle of whatever it does, and starts another on its folder.
   *
   * @param restoreFrom  a backup that the folder is restored from first, openly
   */
  async killLiar(restoreFrom?: string): Promise<void> {
    const { stage, order, liar } = this.#parts;
    await stage.killLiar();
    const again = { ...order, port: Number(new URL(liar.url).port), nowMs: this.conductor.nowMs };
    await stage.liar.tell("open", restoreFrom === undefined ? again : { ...again, restoreFrom });
  }

  /** The same with the other station, which has no backups. */
  async killHonest(): Promise<void> {
    const { stage, honestOrder } = this.#parts;
    await stage.killHonest();
    await stage.honest.tell("open", { ...honestOrder, nowMs: this.conductor.nowMs });
  }

  async #person(role: string, at: number, home: Home): Promise<Person> {
    const { seed, folder, failed } = this.#parts;
    const name = `${role} ${at}`;
    const invite = this.#invite(undefined, home);
    return await Person.join(this.conductor, {
      name,
      folder: join(folder, name),
      invite,
      seed: seed * 97 + at,
      failed,
    });
  }

  /** People who join. @param abroad  of each side, how many are at home at the other station */
  async gather(writers: number, readers: number, abroad = 0): Promise<void> {
    const homeOf = (at: number): Home => (at < abroad ? homeAt(this.#parts.honest) : this.home);
    for (let at = 0; at < writers; at++) this.writers.push(await this.#person("writer", at, homeOf(at)));
    for (let at = 0; at < readers; at++) this.readers.push(await this.#person("reader", at, homeOf(at)));
    await this.quiet();
  }

  /** A conversation for each writer and each reader, until there are enough; none of them is begun. */
  pair(talks: number): void {
    for (const reader of this.readers) {
      for (const writer of this.writers) {
        const place = this.talks.length;
        if (place >= talks) return;
        this.talks.push({ place, id: "", writer, reader, log: new Uint8Array(0), held: 0, texts: [] });
      }
    }
  }

  /** Every writer opens its conversations and writes; nothing has arrived yet. */
  async begin(): Promise<void> {
    const invites = new Map<Person, string>();
    for (const reader of this.readers) invites.set(reader, await reader.client.invite());
    for (const talk of this.talks) {
      talk.id = await talk.writer.client.open(invites.get(talk.reader) ?? "");
      await this.write(talk, "first");
    }
  }

  /** Every conversation was opened, and both sides have written in it. */
  async acquaint(): Promise<void> {
    await this.quiet();
    for (const { reader, id, texts } of this.talks) {
      await reader.client.send(id, { text: "answer" });
      texts.push("answer");
    }
    await this.quiet();
    await this.locate();
  }

  /** Writes a text into a conversation. */
  async write(talk: Talk, text: string): Promise<void> {
    const line = `${text} ${talk.texts.length}`;
    await talk.writer.client.send(talk.id, { text: line });
    talk.texts.push(line);
  }

  /** Learns the log of each conversation, and how far it is, from the newest receipts of both sides. */
  async locate(): Promise<void> {
    for (const talk of this.talks) {
      for (const { client } of [talk.writer, talk.reader]) {
        const lines = await client.messages(talk.id, { limit: 10 });
        const own = lines.findLast((line) => line.mine && line.gap === undefined);
        if (own === undefined) throw new LabError("lab/not-ready", "nothing was written");
        const asked = client.receipt(own.id, { signal: new AbortController().signal });
        const receipt = await this.conductor.settle(asked, this.patienceMs);
        talk.log = fromBase32(receipt.log) ?? new Uint8Array(0);
        talk.held = Math.max(talk.held, receipt.size);
      }
    }
  }

  /** Lets time pass until everyone who is there has read and sent everything. */
  async quiet(people: readonly Person[] = this.people): Promise<void> {
    // Someone who is done first may hear from the others again: once more, until all are done together.
    for (let round = 0; round < 3; round++) {
      if (round > 0) await this.conductor.advance(1_000);
      const signal = new AbortController().signal;
      await this.conductor.settle(Promise.all(people.map(({ client }) => client.settled({ signal }))), this.patienceMs);
    }
  }

  /** As `quiet`, as far as it goes in some time: what a restored station no longer has keeps people asking. */
  async calm(limitMs: number): Promise<boolean> {
    let isQuiet = false;
    const over = new AbortController();
    const settled = Promise.all(this.people.map(({ client }) => client.settled({ signal: over.signal }))).then(
      () => (isQuiet = true),
      () => false,
    );
    await this.conductor.until(() => isQuiet, limitMs);
    over.abort();
    await settled;
    return isQuiet;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const person of this.people) person.gate.shut();
    const closing = Promise.all(this.people.map((person) => person[Symbol.asyncDispose]()));
    await this.conductor.settle(closing, this.patienceMs);
    await Promise.all([this.stage.liar.tell("close", undefined), this.stage.honest.tell("close", undefined)]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
