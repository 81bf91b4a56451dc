/* Door `@chapar/e2e/channels`: the key tree, periods and letters of channels; apart, so that a first visit does not wait for it. */
export {
  followTree,
  LeaderTree,
  MAX_LEAVES,
  type NodeSeal,
  openKey,
  PATH_KEYS,
  SEAL_BYTES,
  sealKey,
  type SealUse,
} from "./tree.ts";
export { LeaderKeys, openPeriodKey } from "./leader.ts";
export {
  firstChainKey,
  type LetterSigner,
  openPeriod,
  type PeriodBody,
  type PeriodEntry,
  type PeriodSecrets,
  periodSecrets,
  sealPeriod,
  type WriterSeat,
} from "./period.ts";
export {
  type LetterChain,
  type LetterPlace,
  MAX_SKIPPED,
  type OpenedLetter,
  openLetter,
  sealLetter,
} from "./letter.ts";
