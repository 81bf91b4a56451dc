/*
 * Whose word on a station's log is enough: the station's live policy, pinned at first use. What comes later is taken when it
 * has every pinned witness; one that disappears is told to the person, and the pinned policy holds on.
 */
import { isQuorum, parsePolicy, type Policy } from "@chapar/log";
import { stationKey, type StationRef } from "@chapar/wire";
import { fromBase32, type Sha256, toHex } from "@chapar/wire/bytes";

const KEY_BYTES = 32;
const WITNESS_NAME = /^([a-z2-7]{52})\/witness$/;
const WITNESS_PATH = /\/witness\/?$/;

/** A policy that the person's device pinned. */
export interface Pinned {
  readonly text: Uint8Array;
  readonly policy: Policy;
  /** names of witnesses that were pinned and are not in what the station gives now */
  readonly lost: readonly string[];
}

function parsed(text: Uint8Array, sha256: Sha256): Policy | undefined {
  const policy = text.byteLength === 0 ? undefined : parsePolicy(text, sha256);
  return policy?.ok === true ? policy.value : undefined;
}

const keysOf = (policy: Policy): Map<string, string> =>
  new Map([...policy.witnesses].map(([name, { key }]) => [toHex(key.publicKey), name]));

/** What holds after a station gave a policy; undefined as long as there is none at all. */
export function pinPolicy(pinned: Uint8Array, given: Uint8Array | undefined, sha256: Sha256): Pinned | undefined {
  const held = parsed(pinned, sha256);
  const next = given && parsed(given, sha256);
  if (next === undefined || given === undefined) return held && { text: pinned, policy: held, lost: [] };
  if (held === undefined) return { text: given.slice(), policy: next, lost: [] };
  const there = keysOf(next);
  const lost = [...keysOf(held)].flatMap(([key, name]) => (there.has(key) ? [] : [name]));
  return lost.length === 0 ? { text: given.slice(), policy: next, lost } : { text: pinned, policy: held, lost };
}

/** How much the witnesses that cosigned say under a policy. */
export function quorumOf(policy: Policy | undefined, cosigned: ReadonlySet<string>): "none" | "missing" | "live" {
  if (policy?.quorum === undefined) return "none";
  return isQuorum(policy, cosigned) ? "live" : "missing";
}

/** The stations whose witnesses a policy names, as far as their URLs and key names tell. */
export function witnessStations(policy: Policy): readonly StationRef[] {
  return [...policy.witnesses.values()].flatMap(({ key, url }) => {
    const bytes = fromBase32(WITNESS_NAME.exec(key.name)?.[1] ?? "");
    if (bytes?.byteLength !== KEY_BYTES || url === undefined || !WITNESS_PATH.test(url)) return [];
    return [{ key: stationKey(bytes), urls: [url.replace(WITNESS_PATH, "")] }];
  });
}
