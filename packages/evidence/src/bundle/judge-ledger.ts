/* Verifying bundles about a station's own log (§4): shapes 4 checkpoints, 5 identity, 7 unanswered and 9 fold. */
import { encodeCheckpointText } from "@chapar/log";
import { ledgerOrigin } from "@chapar/wire";
import { equalBytes, utf8 } from "@chapar/wire/bytes";
import { challengeHash } from "../challenge/codec.ts";
import { checkChallenge } from "../challenge/check.ts";
import { openIdentityClaim, openLeafClaim } from "../claims/open.ts";
import { type EvidenceChecked, refuse } from "../errors.ts";
import type { EvidencePorts } from "../ports.ts";
import type { IdentityWord, SignedCheckpoint, Verdict } from "../types.ts";
import { decodeIdentityWord, verifyIdentityWord } from "../words/identity-word.ts";
import { foldFault, isOtherPrefix, wordFault, wordsFault } from "./conditions.ts";
import { type BundleOf, verdictOn } from "./verdict.ts";

/** Shape 4: two checkpoints of one origin exclude each other. */
export async function judgeCheckpoints(
  bundle: BundleOf<"checkpoints">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Verdict>> {
  const { station, generation, a, b, bridge } = bundle;
  const origin = ledgerOrigin(station, generation);
  const isSigned = async (one: SignedCheckpoint): Promise<boolean> =>
    ports.verify(station, utf8(encodeCheckpointText({ origin, size: one.size, root: one.root })), one.signature);
  if (!(await isSigned(a)) || !(await isSigned(b))) return refuse("evidence/bad-signature");
  const none = [undefined, undefined] as const;
  if (bridge === undefined) {
    const isOther = a.size === b.size && !equalBytes(a.root, b.root);
    return verdictOn(bundle, isOther ? "other-root" : undefined, none, false);
  }
  return verdictOn(bundle, isOtherPrefix(a, b, bridge, ports.hasher) ? "other-prefix" : undefined, none, false);
}

async function openWord(
  bytes: Uint8Array,
  bundle: BundleOf<"identity">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<IdentityWord>> {
  const word = decodeIdentityWord(bytes);
  if (!word.ok) return refuse("evidence/malformed");
  if (!equalBytes(word.value.station, bundle.station)) return refuse("evidence/wrong-station");
  return (await verifyIdentityWord(word.value, ports)) ? word : refuse("evidence/bad-signature");
}

/** Shape 5: a word about an identity against another, or against an epoch. */
export async function judgeIdentity(
  bundle: BundleOf<"identity">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Verdict>> {
  const opened = await openWord(bundle.word, bundle, ports);
  if (!opened.ok) return opened;
  const word = opened.value;
  if (bundle.other instanceof Uint8Array) {
    const other = await openWord(bundle.other, bundle, ports);
    if (!other.ok) return other;
    if (!equalBytes(other.value.identity, word.identity)) return refuse("evidence/wrong-subject");
    return verdictOn(bundle, wordsFault(word, other.value), [word.timeMs, other.value.timeMs], true);
  }
  const claim = await openIdentityClaim(bundle.other, word.identity, bundle.station, ports);
  if (!claim.ok) return claim;
  return verdictOn(bundle, wordFault(word, claim.value), [word.timeMs, claim.value.epoch.timeMs], true);
}

/** Shape 7: a witness's log says that a challenge was put and not answered. */
export async function judgeUnanswered(
  bundle: BundleOf<"unanswered">,
  ports: EvidencePorts,
): Promise<EvidenceChecked<Verdict>> {
  const asked = await checkChallenge(bundle.challenge, ports);
  if (!asked.ok) return asked;
  if (!equalBytes(asked.value.challenge.station, bundle.station)) return refuse("evidence/wrong-station");
  const opened = await openLeafClaim(bundle.leaf, bundle.witness, ports);
  if (!opened.ok) return opened;
  const { leaf } = opened.value;
  if (leaf.kind !== "unanswered") return refuse("evidence/wrong-subject");
  const isAbout =
    equalBytes(leaf.station, bundle.station) &&
    equalBytes(leaf.challenge, challengeHash(bundle.challenge, ports.sha256));
  if (!isAbout) return refuse("evidence/wrong-subject");
  return verdictOn(bundle, "unanswered", [asked.value.basisMs, leaf.timeMs], true);
}

/** Shape 9: an epoch's map does not have what a leaf before it says. */
export async function judgeFold(bundle: BundleOf<"fold">, ports: EvidencePorts): Promise<EvidenceChecked<Verdict>> {
  const opened = await openLeafClaim(bundle.leaf, bundle.station, ports);
  if (!opened.ok) return opened;
  const { leaf, index, generation } = opened.value;
  if (leaf.kind !== "identity-op") return refuse("evidence/wrong-subject");
  const claim = await openIdentityClaim(bundle.claim, leaf.identity, bundle.station, ports);
  if (!claim.ok) return claim;
  if (claim.value.generation !== generation) return refuse("evidence/wrong-subject");
  const isAfter = claim.value.index > index;
  const fault = isAfter ? foldFault(leaf, claim.value.value) : undefined;
  return verdictOn(bundle, fault, [undefined, claim.value.epoch.timeMs], false);
}
