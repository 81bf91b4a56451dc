/*
 * What can be found, as one table: the doctor's own word, the lab's rule, and OONI's terms (ooni/spec ts-017 for `blocking`,
 * df-007 for failures), so that a report can stand beside theirs. Numbers travel in diagnostic codes and are never used again.
 */

/** One row of the table. */
export interface FindingRow {
  /** in diagnostic codes, 0 to 63 */
  readonly number: number;
  /** rules of the lab that look like this from inside; none for what is no censor */
  readonly rules: readonly string[];
  /** OONI's `blocking`: dns, tcp_ip, http-failure; none where web connectivity has no word */
  readonly blocking: "dns" | "tcp_ip" | "http-failure" | undefined;
  /** the stage in OONI's words */
  readonly operation: string | undefined;
  /** OONI's failure string, where one describes it */
  readonly failure: string | undefined;
  /** the kind of interference in a word or two, as reports call it */
  readonly term: string;
}

const row = (
  number: number,
  rules: readonly string[],
  term: string,
  [blocking, operation, failure]: readonly [FindingRow["blocking"]?, string?, string?] = [],
): FindingRow => ({ number, rules, blocking, operation, failure, term });

/** The doctor's words. */
export type FindingName =
  | "fine"
  | "offline"
  | "no-internet"
  | "closed-border"
  | "address"
  | "name-lookup"
  | "name"
  | "own-hello"
  | "too-many-hellos"
  | "hidden-hello"
  | "budget"
  | "throttled"
  | "noise"
  | "large-noise"
  | "probed"
  | "asked-by-strangers"
  | "held-and-replayed"
  | "inner-hello"
  | "openvpn"
  | "vpn-appliance"
  | "quic"
  | "foreign-words"
  | "datagrams"
  | "station-down"
  | "wrong-station"
  | "unclear"
  | "partly";

/** Everything that the doctor can say. */
export const FINDINGS: Readonly<Record<FindingName, FindingRow>> = {
  fine: row(0, [], "accessible"),
  offline: row(1, [], "no network"),
  "no-internet": row(2, [], "no internet", ["tcp_ip", "connect", "generic_timeout_error"]),
  "closed-border": row(3, ["R16"], "total shutdown", ["tcp_ip", "connect", "generic_timeout_error"]),
  address: row(4, ["R14"], "IP blocking", ["tcp_ip", "connect", "generic_timeout_error"]),
  "name-lookup": row(5, ["R13"], "DNS tampering", ["dns", "resolve", "dns_inconsistent"]),
  name: row(6, ["R6"], "SNI blocking", ["http-failure", "tls_handshake", "connection_reset"]),
  "own-hello": row(7, ["R12"], "TLS fingerprint blocking", ["http-failure", "tls_handshake", "generic_timeout_error"]),
  "too-many-hellos": row(8, ["R11"], "TLS handshake policing", [
    "http-failure",
    "tls_handshake",
    "generic_timeout_error",
  ]),
  "hidden-hello": row(9, ["R7"], "ECH blocking", ["http-failure", "tls_handshake", "generic_timeout_error"]),
  budget: row(10, ["R10"], "flow freezing", ["http-failure", "read", "generic_timeout_error"]),
  throttled: row(11, ["R15"], "throttling"),
  noise: row(12, ["R1"], "fully encrypted traffic blocking", ["http-failure", "read", "generic_timeout_error"]),
  "large-noise": row(13, ["R18"], "unknown traffic blocking by size", [
    "http-failure",
    "read",
    "generic_timeout_error",
  ]),
  probed: row(14, ["R2"], "active probing by replay"),
  "asked-by-strangers": row(15, ["R3"], "active probing"),
  "held-and-replayed": row(16, ["R20"], "in-path replay"),
  "inner-hello": row(17, ["R4"], "TLS-in-TLS blocking", ["http-failure", "read", "generic_timeout_error"]),
  openvpn: row(18, ["R5"], "VPN protocol blocking"),
  "vpn-appliance": row(19, ["R19"], "VPN protocol blocking"),
  quic: row(20, ["R8"], "QUIC blocking", ["http-failure", "quic_handshake", "generic_timeout_error"]),
  "foreign-words": row(21, ["R9"], "protocol filtering", ["http-failure", "read", "generic_timeout_error"]),
  datagrams: row(22, ["R17"], "UDP blocking"),
  "station-down": row(23, [], "station not there", ["tcp_ip", "connect", "connection_refused"]),
  "wrong-station": row(24, [], "another server answers", ["http-failure", "tls_handshake", "ssl_invalid_certificate"]),
  unclear: row(25, [], "anomaly"),
  /** letters leave, and some ways do not open or stand still for no reason that shows */
  partly: row(26, [], "anomaly"),
};

const BY_NUMBER: ReadonlyMap<number, FindingName> = new Map(
  (Object.keys(FINDINGS) as FindingName[]).map((name) => [FINDINGS[name].number, name]),
);

/** The word behind a number of a diagnostic code. */
export const findingOfNumber = (number: number): FindingName | undefined => BY_NUMBER.get(number);

/** An action's name. */
export type ActionName =
  | "nothing"
  | "goes-by-itself"
  | "wait"
  | "wait-a-minute"
  | "turn-network-on"
  | "other-network"
  | "ask-for-a-way"
  | "use-the-browser"
  | "tell-the-keeper"
  | "look-wider";

/** What can be done, by number in diagnostic codes. One of them is offered. */
export const ACTIONS: Readonly<Record<ActionName, number>> = {
  nothing: 0,
  /** another way is in use already: the engine does it by itself */
  "goes-by-itself": 1,
  /** letters wait and leave when a way opens */
  wait: 2,
  "wait-a-minute": 3,
  "turn-network-on": 4,
  "other-network": 5,
  /** a friend's invite or file with further ways */
  "ask-for-a-way": 6,
  /** a program whose hello is a browser's own */
  "use-the-browser": 7,
  "tell-the-keeper": 8,
  /** a wider look could tell more */
  "look-wider": 9,
};

/** The action behind a number of a diagnostic code. */
export const actionOfNumber = (number: number): ActionName | undefined =>
  (Object.keys(ACTIONS) as ActionName[]).find((name) => ACTIONS[name] === number);
