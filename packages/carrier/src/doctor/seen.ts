/*
 * What a look around finds, as plain values: how far each way got, and what the controls beside it did. Nobody's name, address or
 * key is among them, so that a Seen may be printed, passed on and kept. `judge.ts` reads it; `look.ts` and the platforms fill it.
 */

/**
 * How something ended. `timeout`: nobody said anything; `reset`: somebody broke it off; `refused`: an answer that nothing listens
 * there; `closed`: ended in order without what was wanted; `unreachable`: the machine itself found no way.
 */
export type Outcome = "ok" | "timeout" | "reset" | "refused" | "unreachable" | "closed";

/** How a name was looked up. `forged`: two answers that contradict each other, or one that only censors give. */
export type LookupOutcome = "ok" | "timeout" | "no-such-name" | "forged";

/** A link over a route, and bytes that were to come back over it. */
export interface LinkSeen {
  readonly opened: Outcome;
  readonly askedBytes: number;
  /** bytes that came back, the station's first words included */
  readonly cameBytes: number;
  /** from the first byte that was asked for to the last that came */
  readonly tookMs: number;
  /** what ended it: everything came, it fell silent, it broke, or it was still coming when the time was over */
  readonly ended: "whole" | "silent" | "broken" | "slow";
}

/** One way to the station. What was not looked at is undefined. */
export interface RouteSeen {
  /** as carriers call themselves: `web`, `burst`, `ss` … */
  readonly kind: string;
  readonly lookup?: LookupOutcome | undefined;
  /** a TCP connection */
  readonly connect?: Outcome | undefined;
  /** the hello that a dial of this route shows, with its own name */
  readonly hello?: Outcome | undefined;
  readonly link?: LinkSeen | undefined;
  /** after a link that opened and then failed: a new connection to the same front */
  readonly again?: Outcome | undefined;
}

/** Hellos to one front of the person's own station, under names and in forms of several kinds. */
export interface HellosSeen {
  /** this program's own hello, the front's own name */
  readonly own?: Outcome | undefined;
  /** a browser's hello, the front's own name */
  readonly browser?: Outcome | undefined;
  /** a browser's hello, a name that is on no list */
  readonly otherName?: Outcome | undefined;
  /** the outer name of a big host of Encrypted Client Hello, without and with that extension */
  readonly echName?: Outcome | undefined;
  readonly ech?: Outcome | undefined;
}

/** A form of traffic that was shown to the mirror on a port of its own. */
export interface ShapeSeen {
  /** the form itself was answered to its end */
  readonly shown: Outcome;
  /** plain text on the same port afterwards: a penalty outlives the connection that earned it */
  readonly after?: Outcome | undefined;
}

/** What the station's mirror said of visitors, and when. */
export interface VisitorsSeen {
  /** first bytes of ours that somebody else said too */
  readonly replayed: number;
  /** of those, so many after which ours came late by about as much: they had been held back */
  readonly heldBack: number;
  /** connections to our port that were not ours and said something else */
  readonly strangers: number;
}

/** Names of the forms that are shown to a mirror. */
export type ShapeName = "noise" | "large-noise" | "inner-hello" | "openvpn" | "wireguard" | "quic" | "datagram";

/** What came of the mirror. */
export interface MirrorSeen {
  /** plain text over TCP */
  readonly text: Outcome;
  /** of a plain text of 64 KiB, both ways together; a link beside it that is much slower is slowed down by name */
  readonly bytesPerSecond?: number | undefined;
  readonly shapes: Readonly<Partial<Record<ShapeName, ShapeSeen>>>;
  readonly visitors?: VisitorsSeen | undefined;
}

/** One look around. */
export interface Seen {
  readonly platform: "node" | "browser";
  /** false when the platform knows that there is no network */
  readonly isOnline: boolean;
  /** the person agreed to more than their own ways */
  readonly isWide: boolean;
  readonly routes: readonly RouteSeen[];
  /** something ordinary in the same country, or the network's own gateway */
  readonly near?: Outcome | undefined;
  /** `near` is more than a gateway */
  readonly nearIsCountry?: boolean | undefined;
  /** something ordinary abroad */
  readonly far?: Outcome | undefined;
  readonly hellos?: HellosSeen | undefined;
  /** words that are no known protocol, on a web port, against a request for a page there */
  readonly foreignWords?: { readonly page: Outcome; readonly words: Outcome } | undefined;
  readonly mirror?: MirrorSeen | undefined;
}

/** Somebody is there: an answer came, if only a refusal. */
export const isAnswer = (outcome: Outcome | undefined): boolean => outcome === "ok" || outcome === "refused";
/** Silence, which is what most blocks look like. */
export const isSilent = (outcome: Outcome | undefined): boolean => outcome === "timeout" || outcome === "unreachable";
