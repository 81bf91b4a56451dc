/* Door `@chapar/e2e/devices`: linking a device, keys of backups, reports; apart, so that a first visit does not wait for it. */
export {
  encodeLinkCode,
  isLinkCode,
  LINK_LIFETIME_MS,
  linkCodeText,
  parseLinkCode,
  type LinkCode,
  type LinkCodeResult,
} from "./link-code.ts";
export {
  decodeAnswer,
  encodeAnswer,
  encodeHello,
  helloCommitment,
  linkDigits,
  linkKeys,
  meetingKeys,
  openGrant,
  openHello,
  sealGrant,
  type LinkAnswer,
  type LinkDigits,
  type LinkHello,
  type MeetingKeys,
} from "./link.ts";
export { BACKUP_KEY_BYTES, backupKeyBytes, backupKeysOf, type BackupKeys } from "./backup-keys.ts";
export { decodeReport, encodeReport, type MessageReport, type ReportWorth, weighReport } from "../report.ts";
