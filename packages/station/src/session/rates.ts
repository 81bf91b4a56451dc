/*
 * How much one link may ask. Requests are in classes by what they cost; a link that does other people's asking (a peer)
 * may do more. All are generous for a person and narrow for a flood.
 */
import type { Rate } from "./token-bucket.ts";

/** What a request costs: `light` a look-up, `proof` a signature check, `take` a key package, `inbox` a stranger's entry. */
export type RateClass = "light" | "append" | "proof" | "register" | "take" | "inbox" | "blob";

/** Rates of one link, by class; and of one inbox, whoever writes to it. */
export interface Rates {
  readonly link: Readonly<Record<RateClass, Rate>>;
  readonly peer: Readonly<Record<RateClass, Rate>>;
  readonly perInbox: Rate;
  /** what is passed on and forgotten, in one log (W-84): of one account, and of all people behind one station */
  readonly ephemeral: { readonly account: Rate; readonly station: Rate };
}

/** What a station starts with. */
export const DEFAULT_RATES: Rates = {
  link: {
    light: { ratePerSecond: 2000, burst: 20_000 },
    append: { ratePerSecond: 5000, burst: 20_000 },
    proof: { ratePerSecond: 200, burst: 5000 },
    register: { ratePerSecond: 0.2, burst: 10 },
    take: { ratePerSecond: 5, burst: 200 },
    inbox: { ratePerSecond: 5, burst: 200 },
    blob: { ratePerSecond: 400, burst: 2000 },
  },
  peer: {
    light: { ratePerSecond: 20_000, burst: 100_000 },
    append: { ratePerSecond: 50_000, burst: 200_000 },
    proof: { ratePerSecond: 1000, burst: 20_000 },
    register: { ratePerSecond: 0.2, burst: 1 },
    take: { ratePerSecond: 200, burst: 5000 },
    inbox: { ratePerSecond: 200, burst: 5000 },
    blob: { ratePerSecond: 2000, burst: 20_000 },
  },
  perInbox: { ratePerSecond: 10, burst: 500 },
  ephemeral: { account: { ratePerSecond: 0.5, burst: 3 }, station: { ratePerSecond: 16, burst: 64 } },
};
