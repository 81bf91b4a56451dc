/*
 * C2SP tlog-policy: which logs and witnesses a verifier knows, and which witnesses must have cosigned.
 *
 *   log <vkey> [<url>]      witness <name> <vkey> [<url>]      group <name> all|any|<k> <name>...      quorum <name>|none
 *
 * The file is octets, not Unicode: names are opaque, so they are held here as one character per octet (Latin-1) and only
 * key names, which signed-note defines as UTF-8, are decoded. Both *live* and *final* quorums of a station are such files.
 */
import { equalBytes, type Sha256 } from "@chapar/wire/bytes";
import { refuseAt, type TextDecoded } from "../errors.ts";
import { NoteAlgorithm, parseVerifierKey, type VerifierKey } from "../note/key.ts";
import { decodeNoteText } from "../note/note.ts";

/** Most bytes of a policy file. */
export const POLICY_MAX_BYTES = 1_048_576;

const MAX_OF_EACH = 256;
const LOG_ALGORITHMS: readonly number[] = [NoteAlgorithm.ed25519, NoteAlgorithm.cosignatureMlDsa44];
const WITNESS_ALGORITHMS: readonly number[] = [NoteAlgorithm.cosignatureEd25519, NoteAlgorithm.cosignatureMlDsa44];

/** A log or witness of a policy; the URL is as written, one character per octet. */
export interface PolicyParty {
  readonly key: VerifierKey;
  readonly url?: string;
}

/** At least `threshold` of `members` (witnesses and groups defined before) must have witnessed. */
export interface PolicyGroup {
  readonly threshold: number;
  readonly members: readonly string[];
}

/** A trust policy. Names are one character per octet, unique over witnesses and groups. */
export interface Policy {
  readonly logs: readonly PolicyParty[];
  readonly witnesses: ReadonlyMap<string, PolicyParty>;
  readonly groups: ReadonlyMap<string, PolicyGroup>;
  /** name of a witness or group; undefined for `quorum none` */
  readonly quorum: string | undefined;
}

class PolicyReader {
  readonly logs: PolicyParty[] = [];
  readonly witnesses: Map<string, PolicyParty> = new Map();
  readonly groups: Map<string, PolicyGroup> = new Map();
  readonly #members: Set<string> = new Set();
  readonly #sha256: Sha256;
  quorum: string | undefined;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** Takes the items of one line; false when the line is not allowed here. */
  line(items: readonly string[]): boolean {
    const [keyword, ...rest] = items;
    if (keyword === "log") return this.#log(rest);
    if (keyword === "witness") return this.#witness(rest);
    if (keyword === "group") return this.#group(rest);
    return keyword === "quorum" && this.#quorum(rest);
  }

  #party(items: readonly string[], algorithms: readonly number[]): PolicyParty | undefined {
    const [vkey, url, ...more] = items;
    if (vkey === undefined || more.length > 0) return undefined;
    const text = decodeNoteText(Uint8Array.from(vkey, (octet) => octet.charCodeAt(0)));
    const key = text === undefined ? undefined : parseVerifierKey(text, this.#sha256);
    if (key?.ok !== true || !algorithms.includes(key.value.algorithm)) return undefined;
    return url === undefined ? { key: key.value } : { key: key.value, url };
  }

  #log(items: readonly string[]): boolean {
    const party = this.#party(items, LOG_ALGORITHMS);
    if (party === undefined || isDuplicate(party, this.logs) || this.logs.length >= MAX_OF_EACH) return false;
    this.logs.push(party);
    return true;
  }

  #isFree(name: string | undefined): name is string {
    return name !== undefined && name !== "none" && !this.#isDefined(name);
  }

  #isDefined(name: string): boolean {
    return this.witnesses.has(name) || this.groups.has(name);
  }

  #witness(items: readonly string[]): boolean {
    const [name, ...rest] = items;
    const party = this.#party(rest, WITNESS_ALGORITHMS);
    if (!this.#isFree(name) || party === undefined || this.witnesses.size >= MAX_OF_EACH) return false;
    if (isDuplicate(party, [...this.witnesses.values()])) return false;
    this.witnesses.set(name, party);
    return true;
  }

  #group(items: readonly string[]): boolean {
    const [name, rule, ...members] = items;
    if (!this.#isFree(name) || rule === undefined || this.groups.size >= MAX_OF_EACH) return false;
    const threshold = readThreshold(rule, members.length);
    if (threshold === undefined) return false;
    for (const member of members) {
      if (!this.#isDefined(member) || this.#members.has(member)) return false;
      this.#members.add(member);
    }
    this.groups.set(name, { threshold, members });
    return true;
  }

  #quorum(items: readonly string[]): boolean {
    const [name, ...more] = items;
    if (name === undefined || more.length > 0 || this.quorum !== undefined) return false;
    if (name !== "none" && !this.#isDefined(name)) return false;
    this.quorum = name;
    return true;
  }
}

function isDuplicate(party: PolicyParty, others: readonly PolicyParty[]): boolean {
  return others.some((other) => equalBytes(other.key.publicKey, party.key.publicKey));
}

function readThreshold(rule: string, members: number): number | undefined {
  if (members === 0) return undefined;
  if (rule === "any") return 1;
  if (rule === "all") return members;
  const count = /^[1-9][0-9]{0,8}$/.test(rule) ? Number(rule) : 0;
  return count >= 1 && count <= members ? count : undefined;
}

/**
 * Parses a policy file.
 *
 * @param bytes  at most 1 MiB; at most 256 logs, witnesses and groups each
 * @returns `log/bad-policy` with the number of the line, from 0, that is refused
 * @see tlog-policy · L-47
 */
export function parsePolicy(bytes: Uint8Array, sha256: Sha256): TextDecoded<Policy> {
  if (bytes.byteLength > POLICY_MAX_BYTES) return refuseAt("log/bad-policy", 0);
  const reader = new PolicyReader(sha256);
  const lines = toLines(bytes);
  // Every line ends in a newline, so what follows the last one must be nothing.
  if (lines.pop() !== "") return refuseAt("log/bad-policy", lines.length);
  for (const [number, line] of lines.entries()) {
    // oxlint-disable-next-line no-control-regex -- the format names the octets it allows
    if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(line)) return refuseAt("log/bad-policy", number);
    const items = line.split(/[ \t]+/).filter((item) => item !== "");
    const [first] = items;
    if (first === undefined || first.startsWith("#")) continue;
    if (!reader.line(items)) return refuseAt("log/bad-policy", number);
  }
  const { logs, witnesses, groups, quorum } = reader;
  if (quorum === undefined) return refuseAt("log/bad-policy", lines.length);
  return { ok: true, value: { logs, witnesses, groups, quorum: quorum === "none" ? undefined : quorum } };
}

function toLines(bytes: Uint8Array): string[] {
  let text = "";
  for (const octet of bytes) text += String.fromCharCode(octet);
  return text.split("\n");
}

/** Whether the witnesses that cosigned, by their names in the policy, fulfil its quorum. @see tlog-policy · L-47 */
export function isQuorum(policy: Policy, cosigned: ReadonlySet<string>): boolean {
  if (policy.quorum === undefined) return true;
  const witnessed = new Set([...cosigned].filter((name) => policy.witnesses.has(name)));
  // Groups name only what was defined before them, so one pass in order settles them all.
  for (const [name, group] of policy.groups) {
    if (group.members.filter((member) => witnessed.has(member)).length >= group.threshold) witnessed.add(name);
  }
  return witnessed.has(policy.quorum);
}
