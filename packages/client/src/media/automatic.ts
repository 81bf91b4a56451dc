/* What is fetched without being asked for, and how long fetching takes (F-95). */
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { isSlowWay } from "../link/slow-ways.ts";
import type { MediaSettings } from "../media-api.ts";
import type { FileKind } from "../media-views.ts";
import type { OwnRegister } from "../own/register.ts";
import type { Draft } from "../store/shelf.ts";
import type { RateRow } from "./rows.ts";

const KEY = "media/settings";
const DEFAULT_BYTES: number = 512 * 1024;
const MAX_SECONDS = 3;
const FETCHED: ReadonlySet<FileKind> = new Set(["photo", "voice"]);

/** The rule at one moment. */
export class AutomaticRule {
  readonly #settings: MediaSettings;
  readonly #route: string | undefined;
  readonly #bytesPerSecond: number | undefined;
  readonly #toldPerSecond: number | undefined;

  /**
   * @param route  kind of the route in use
   * @param bytesPerSecond  since the start; undefined when nothing was measured
   * @param before  what was measured before it, told while there is nothing newer of the same kind of route (F-149)
   */
  constructor(own: OwnRegister, route: string | undefined, bytesPerSecond: number | undefined, before?: RateRow) {
    this.#settings = AutomaticRule.settings(own);
    this.#route = route;
    this.#bytesPerSecond = bytesPerSecond;
    const isOfRoute = route === undefined || route === before?.kind;
    this.#toldPerSecond = bytesPerSecond ?? (isOfRoute ? before?.bytesPerSecond : undefined);
  }

  static settings(own: OwnRegister): MediaSettings {
    const value = own.get(KEY);
    const reader = value && new ByteReader(value);
    const automaticBytes = reader?.varint() ?? DEFAULT_BYTES;
    return { automaticBytes: reader?.failed === true ? DEFAULT_BYTES : automaticBytes };
  }

  static write(own: OwnRegister, draft: Draft, { automaticBytes }: MediaSettings): void {
    own.put(draft, KEY, new ByteWriter().varint(Math.max(0, Math.floor(automaticBytes))).finish());
  }

  /** undefined while nothing was measured */
  secondsOf(sizeBytes: number): number | undefined {
    return this.#toldPerSecond === undefined ? undefined : Math.ceil(sizeBytes / this.#toldPerSecond);
  }

  covers(kind: FileKind, sizeBytes: number): boolean {
    if (!FETCHED.has(kind) || sizeBytes > this.#settings.automaticBytes) return false;
    if (this.#route === undefined || isSlowWay(this.#route)) return false;
    return this.#bytesPerSecond === undefined || sizeBytes <= this.#bytesPerSecond * MAX_SECONDS;
  }
}
