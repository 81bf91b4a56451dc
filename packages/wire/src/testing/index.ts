/* Test-only door: generators of frames, entries and damaged bytes. Op chains: op-chains.ts. */
export {
  arbitraryBlob,
  arbitraryDevice,
  arbitraryEntry,
  arbitraryErrorCode,
  arbitraryFrame,
  arbitraryIdentity,
  arbitraryIndex,
  arbitraryLog,
  arbitraryNotice,
  arbitraryRegion,
  arbitraryRequest,
  arbitraryResponse,
  arbitraryStation,
  arbitraryStationRef,
  FRAME_ARBITRARIES,
} from "./frames.ts";
export { arbitraryBytes, arbitraryDamage, arbitraryPieces } from "./bytes.ts";
export { arbitraryLedgerLeaf } from "./ledger.ts";
