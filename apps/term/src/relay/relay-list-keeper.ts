/*
 * The list that a relay goes by: its own, which it signs from what its keeper chose and renews while it runs, or one that
 * somebody else publishes as a file, which is read again and again so that a newer one takes its place.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { MAX_LIST_LIFE_MS, openRelayList, signRelayList, type ListedPlace, type RelayList } from "@chapar/carrier";
import { sessionCrypto, type SealingIdentity } from "@chapar/carrier/node";
import { fromBase32, toBase32 } from "@chapar/wire/bytes";
import { TermError } from "../errors.ts";
import type { ChosenPlace } from "./relay-folder.ts";

/** A list that is older is signed anew. */
const RENEW_AFTER_MS: number = 24 * 3600 * 1000;

/** Where a list comes from. */
export interface ListSource {
  readonly path: string;
  /** who has to have signed it */
  readonly issuer: Uint8Array;
  /** no lower number is taken */
  readonly leastNumber: number;
}

/** Reads a list that somebody published. @throws TermError `term/bad-list` · `term/no-file` */
export async function readList({ path, issuer, leastNumber }: ListSource): Promise<RelayList> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new TermError(
      "term/no-file",
      { path, reason: (error as NodeJS.ErrnoException).code ?? "" },
      { cause: error },
    );
  }
  const list = await openRelayList(bytes, issuer, sessionCrypto().verify);
  if (list === undefined || list.number < leastNumber)
    throw new TermError("term/bad-list", { path, issuer: toBase32(issuer) });
  return list;
}

/** The places a keeper chose, as a list has them. @throws TermError `term/bad-settings` when a key is none */
export function listedPlaces(places: readonly ChosenPlace[], path: string): readonly ListedPlace[] {
  return places.map(({ kind, key, urls }) => {
    const bytes = fromBase32(key);
    if (bytes?.byteLength !== 32) throw new TermError("term/bad-settings", { path });
    return { kind, key: bytes, urls };
  });
}

/** Signs a list of one's own that holds from now on, and leaves it in a file for other relays to follow. */
async function signOwnList(
  identity: SealingIdentity,
  places: readonly ListedPlace[],
  number: number,
  path: string,
): Promise<RelayList> {
  const issuedAtMs = Date.now();
  const list = { number, issuedAtMs, expiresAtMs: issuedAtMs + MAX_LIST_LIFE_MS, places };
  writeFileSync(`${path}.new`, await signRelayList(list, identity), { flush: true });
  renameSync(`${path}.new`, path);
  return { ...list, issuer: identity.publicKey };
}

/** What a keeper of lists needs. */
export interface ListKeeperOptions {
  readonly identity: SealingIdentity;
  readonly places: readonly ListedPlace[];
  /** where the own list is left */
  readonly ownPath: string;
  /** somebody else's list, instead of the own one */
  readonly follow: Omit<ListSource, "leastNumber"> | undefined;
  readonly lastNumber: number;
  /** the list has a new number, to be remembered */
  readonly onNumber: (number: number) => void;
}

/** Holds the list of the day. */
export class ListKeeper {
  readonly #options: ListKeeperOptions;
  #list: RelayList | undefined;
  #number: number;

  constructor(options: ListKeeperOptions) {
    this.#options = options;
    this.#number = options.lastNumber;
  }

  get list(): RelayList | undefined {
    return this.#list;
  }

  get isOwn(): boolean {
    return this.#options.follow === undefined;
  }

  /** Reads or renews the list. @throws TermError as readList; the list before stays */
  async refresh(): Promise<void> {
    const { follow, identity, places, ownPath } = this.#options;
    if (follow !== undefined) this.#take(await readList({ ...follow, leastNumber: this.#number }));
    else if (this.#list === undefined || Date.now() - this.#list.issuedAtMs > RENEW_AFTER_MS)
      this.#take(await signOwnList(identity, places, this.#number + 1, ownPath));
  }

  #take(list: RelayList): void {
    this.#list = list;
    if (list.number === this.#number) return;
    this.#number = list.number;
    this.#options.onNumber(list.number);
  }
}
