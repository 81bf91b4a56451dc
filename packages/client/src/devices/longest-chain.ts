/*
 * The longest chain that anybody shows of a person whose home may be gone (protocol/15-moving.md M-41): stations are asked side by side, so that
 * one that is gone holds nobody up for longer than those that answer are waited for (M-45).
 */
import { type ChainRelation, compareChains, foldChain, type IdentityState, type StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { DeskPorts } from "../desk-ports.ts";
import { ClientError } from "../errors.ts";
import { ask } from "../trust/asking.ts";
import type { BackupHead } from "./backup-rows.ts";

/** How long the others are waited for once a station has shown a chain that goes as far as any that is known. */
const OTHERS_MS = 5_000;

/** One search. */
class ChainSearch {
  readonly #ports: DeskPorts;
  readonly #identity: BackupHead["identity"];
  readonly #asked: StationRef[] = [];
  readonly #open = new Set<Promise<void>>();
  readonly #over = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #answers = 0;
  longest: IdentityState | undefined;

  constructor(ports: DeskPorts, identity: BackupHead["identity"], longest: IdentityState | undefined) {
    this.#ports = ports;
    this.#identity = identity;
    this.longest = longest;
  }

  /** Whether a station has shown a chain that went as far as any that was known then. */
  get isAnswered(): boolean {
    return this.#answers > 0;
  }

  /** Asks these and every anchor that a chain names. */
  async run(stations: readonly StationRef[]): Promise<void> {
    const ending = this.#others();
    this.#askAll(stations);
    while (this.#open.size > 0 && !this.#over.signal.aborted) await Promise.race([...this.#open, ending]);
    this.#over.abort();
  }

  #askAll(stations: readonly StationRef[]): void {
    const anchors = this.longest?.anchors.map(({ station }) => station) ?? [];
    for (const station of [...stations, ...anchors]) {
      if (this.#asked.some(({ key }) => equalBytes(key, station.key))) continue;
      this.#asked.push(station);
      const asking = this.#ask(station).finally(() => this.#open.delete(asking));
      this.#open.add(asking);
    }
  }

  async #ask(station: StationRef): Promise<void> {
    const found = await this.#chainAt(station);
    if (found === undefined || this.#over.signal.aborted) return;
    // Whoever lacks ops, or has others, says nothing of what is newest.
    const relation = this.longest === undefined ? "ahead" : compareChains(this.longest, found);
    if (isAhead(relation)) this.longest = found;
    else if (relation !== "same") return;
    this.#answers += 1;
    this.#first.resolve();
    this.#askAll([]);
  }

  /** Ends the search a while after the first answer. */
  async #others(): Promise<void> {
    await this.#first.promise;
    await this.#ports.core.clock.sleep(OTHERS_MS, this.#over.signal).catch(() => undefined);
    this.#over.abort();
  }

  /** @returns undefined when the station does not answer, has no chain of the identity, or shows what is none */
  async #chainAt(station: StationRef): Promise<IdentityState | undefined> {
    const request = { type: "identity.get", identity: this.#identity, at: undefined } as const;
    const answer = await this.#ports
      .directs()
      .over(station, (link) => ask(link, request, "identity.ops"), this.#over.signal);
    if (answer === undefined) return undefined;
    const ops = answer.ops.map((op) => op.slice());
    const folded = await foldChain(ops, this.#ports.core, this.#identity);
    return folded.ok ? folded.value : undefined;
  }
}

function isAhead(relation: ChainRelation): boolean {
  return relation === "ahead" || relation === "overriding";
}

/**
 * The longest chain that the backup and the stations show.
 *
 * @param to  the new home
 * @throws ClientError `client/bad-backup` · `client/no-backup` nobody has one · `client/no-route` no anchor that it names answers
 * Cost: the stations side by side; five seconds after the first that answers, and 20 where none does.
 */
export async function longestChain(ports: DeskPorts, head: BackupHead, to: StationRef): Promise<IdentityState> {
  const { identity } = head;
  const inBackup = head.ops.length === 0 ? undefined : await foldChain(head.ops, ports.core, identity);
  if (inBackup?.ok === false) throw new ClientError("client/bad-backup", inBackup.code);
  const search = new ChainSearch(ports, identity, inBackup?.value);
  await search.run([to, head.home.station]);
  const { longest } = search;
  if (longest === undefined) throw new ClientError("client/no-backup");
  if (longest.anchors.length > 0 && !search.isAnswered) throw new ClientError("client/no-route");
  return longest;
}
