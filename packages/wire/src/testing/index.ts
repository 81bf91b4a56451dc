/* Test-only door: generators of frames, entries and damaged bytes, and ready-made op chains. */
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
