/* How somebody stands to a channel, and how many read it, in words. */
import { t } from "../i18n/translate.ts";
import type { ChannelView } from "../state/client-types.ts";

export function readersText({ open, readerCount }: Pick<ChannelView, "open" | "readerCount">): string {
  return open || readerCount === undefined ? t("channelOpenReaders") : t("channelReaders", { count: readerCount });
}

/** What is said in the place of the composer to whoever does not write. */
export function standingText({ standing }: Pick<ChannelView, "standing">): string {
  switch (standing) {
    case "in":
      return t("channelReading");
    case "asking":
      return t("channelAsking");
    case "revoked":
      return t("groupJoinRevoked");
    case "expired":
      return t("groupJoinExpired");
    case "used-up":
      return t("groupJoinUsedUp");
    case "refused":
      return t("groupJoinRefused");
    case "removed":
      return t("channelRemoved");
    case "left":
    default:
      return t("channelLeft");
  }
}
