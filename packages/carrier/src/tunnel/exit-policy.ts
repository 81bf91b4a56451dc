/*
 * What an exit lets out: ports, and bytes for each who uses it. Addresses are checked where they are known, after the name
 * was resolved (node/exit.ts).
 */
import { toHex } from "@chapar/wire/bytes";

/** Ports that an exit opens when its operator said no others: the web, DNS, mail fetched and chat over TLS. */
export const USUAL_EXIT_PORTS = "53,80,443,853,993,995,5222,5223,8080,8443";
/** Never, whatever was said: mail sent in others' names is what gets exits closed. */
const NEVER: ReadonlySet<number> = new Set([25]);
const MAX_USERS = 100_000;

/** A set of ports. */
export type PortPolicy = (port: number) => boolean;

/** Reads `80,443,1000-2000` or `all`. @returns undefined when it is neither */
export function portPolicy(text: string): PortPolicy | undefined {
  if (text === "all") return (port) => !NEVER.has(port);
  const ranges: (readonly [number, number])[] = [];
  for (const part of text.split(",")) {
    const [, from, until = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? [];
    const [low, high] = [Number(from), Number(until)];
    if (from === undefined || low < 1 || high > 0xffff || low > high) return undefined;
    ranges.push([low, high]);
  }
  return (port) => !NEVER.has(port) && ranges.some(([low, high]) => port >= low && port <= high);
}

/** Counts what each user took, against one allowance; forgets them all when a period ends. */
export class AllowanceBook {
  readonly #bytesEach: number;
  readonly #periodOf: () => string;
  readonly #used = new Map<string, number>();
  #period: string;

  /** @param periodOf names the period it is now, such as the month */
  constructor(bytesEach: number, periodOf: () => string) {
    this.#bytesEach = bytesEach;
    this.#periodOf = periodOf;
    this.#period = periodOf();
  }

  /** Whether a user may still begin something. */
  hasLeft(user: Uint8Array): boolean {
    this.#turn();
    const used = this.#used.get(toHex(user));
    return used === undefined ? this.#used.size < MAX_USERS : used < this.#bytesEach;
  }

  /** Counts bytes. @returns false when the user has had enough */
  take(user: Uint8Array, sizeBytes: number): boolean {
    this.#turn();
    const name = toHex(user);
    const used = (this.#used.get(name) ?? 0) + sizeBytes;
    this.#used.set(name, used);
    return used <= this.#bytesEach;
  }

  #turn(): void {
    const period = this.#periodOf();
    if (period === this.#period) return;
    this.#period = period;
    this.#used.clear();
  }
}
