/*
 * What a relay keeps between starts: its key, its secret path and port, the stations its keeper chose, its limits, and how
 * much it has passed this month. No address, no time, no name of anybody who came through. Small files, each replaced whole.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MeterState } from "@chapar/carrier";
import { toBase32 } from "@chapar/wire/bytes";
import { TermError } from "../errors.ts";

const KEY_NAME = "relay.key";
const SETTINGS_NAME = "relay.json";
const COUNTS_NAME = "counts.json";
const SEED_BYTES = 32;
const PATH_BYTES = 10;

/** A place that the keeper chose. */
export interface ChosenPlace {
  readonly kind: "station" | "relay";
  /** base32 of 32 bytes */
  readonly key: string;
  readonly urls: readonly string[];
}

/** What was said on the command line and is remembered. */
export interface RelaySettings {
  /** where links ask; made once, so that routes that were given out still lead here */
  readonly path: string;
  /** undefined until it ran once */
  readonly port: number | undefined;
  /** where others reach it, when that was said */
  readonly url: string | undefined;
  readonly places: readonly ChosenPlace[];
  readonly megabitsPerSecond: number | undefined;
  readonly gigabytesPerMonth: number | undefined;
  readonly hours: readonly [number, number] | undefined;
  /** number of the last list that was signed or followed */
  readonly listNumber: number;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function writeWhole(path: string, text: string | Uint8Array): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

type Fields = Readonly<Record<string, unknown>>;

const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function fieldsOf(bytes: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function placesOf(value: unknown): readonly ChosenPlace[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const places: ChosenPlace[] = [];
  for (const each of value as readonly Fields[]) {
    const { kind, key, urls } = each;
    const isPlace = (kind === "station" || kind === "relay") && typeof key === "string" && Array.isArray(urls);
    if (!isPlace || !urls.every((url) => typeof url === "string")) return undefined;
    places.push({ kind, key, urls });
  }
  return places;
}

function settingsOf(fields: Fields | undefined): RelaySettings | undefined {
  const places = placesOf(fields?.["places"]);
  const path = textOf(fields?.["path"]);
  if (fields === undefined || places === undefined || path?.startsWith("/") !== true) return undefined;
  const hours = fields["hours"];
  const [from, until] = Array.isArray(hours) ? [numberOf(hours[0]), numberOf(hours[1])] : [];
  return {
    path,
    port: numberOf(fields["port"]),
    url: textOf(fields["url"]),
    places,
    megabitsPerSecond: numberOf(fields["megabitsPerSecond"]),
    gigabytesPerMonth: numberOf(fields["gigabytesPerMonth"]),
    hours: from === undefined || until === undefined ? undefined : [from, until],
    listNumber: numberOf(fields["listNumber"]) ?? 0,
  };
}

/** One relay's folder. */
export class RelayFolder {
  readonly #dir: string;

  /** Makes the folder when it is not there. @throws the file system's error */
  constructor(dir: string) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#dir = dir;
  }

  #path(name: string): string {
    return join(this.#dir, name);
  }

  /** The relay's Ed25519 seed, made at the first start. @throws TermError `term/bad-settings` when the file is damaged */
  seed(): Uint8Array {
    const held = readIfThere(this.#path(KEY_NAME));
    if (held !== undefined && held.byteLength !== SEED_BYTES)
      throw new TermError("term/bad-settings", { path: this.#path(KEY_NAME) });
    if (held !== undefined) return new Uint8Array(held);
    const seed = randomBytes(SEED_BYTES);
    writeWhole(this.#path(KEY_NAME), seed);
    return new Uint8Array(seed);
  }

  /** @throws TermError `term/bad-settings` when the file is damaged */
  readSettings(): RelaySettings {
    const held = readIfThere(this.#path(SETTINGS_NAME));
    if (held === undefined) {
      return {
        path: `/${toBase32(randomBytes(PATH_BYTES))}`,
        port: undefined,
        url: undefined,
        places: [],
        megabitsPerSecond: undefined,
        gigabytesPerMonth: undefined,
        hours: undefined,
        listNumber: 0,
      };
    }
    const settings = settingsOf(fieldsOf(held));
    if (settings === undefined) throw new TermError("term/bad-settings", { path: this.#path(SETTINGS_NAME) });
    return settings;
  }

  writeSettings(settings: RelaySettings): void {
    writeWhole(this.#path(SETTINGS_NAME), `${JSON.stringify(settings, undefined, 2)}\n`);
  }

  /** How much was passed; undefined at the first start. A damaged file counts as none: it is no reason not to help. */
  readCounts(): MeterState | undefined {
    const held = readIfThere(this.#path(COUNTS_NAME));
    const fields = held === undefined ? undefined : fieldsOf(held);
    const month = textOf(fields?.["month"]);
    const [monthBytes, totalBytes, totalStreams] = ["monthBytes", "totalBytes", "totalStreams"].map((name) =>
      numberOf(fields?.[name]),
    );
    if (month === undefined || monthBytes === undefined || totalBytes === undefined || totalStreams === undefined)
      return undefined;
    return { month, monthBytes, totalBytes, totalStreams };
  }

  writeCounts(counts: MeterState): void {
    writeWhole(this.#path(COUNTS_NAME), `${JSON.stringify(counts)}\n`);
  }
}
