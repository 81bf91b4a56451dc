/*
 * Door `@chapar/wire/talk`: what letters say of other letters and of people (protocol/5-content.md §6), beyond the draft's
 * own fields. A door of its own, because nothing of it is needed for a first message.
 */
export { emojiOf, pinPart, readPin, readSeen, reactionPart, seenPart, withdrawalPart, type Seen } from "./marks.ts";
export { MAX_MENTIONS, mentionPart, readMentions, type Mention, type Mentioned } from "./mentions.ts";
export { FORWARDED_KEY, forwardedValue, readForwarded, type Forwarded } from "./forwarded.ts";
export {
  fitsPoll,
  MAX_OPTION_BYTES,
  MAX_OPTIONS,
  MIN_OPTIONS,
  optionOf,
  pollExtension,
  pollIn,
  votePart,
  readVote,
  type Poll,
  type Vote,
} from "./polls.ts";
export {
  MAX_DESCRIPTION_BYTES,
  MAX_PREVIEW_PICTURE_BYTES,
  MAX_TITLE_BYTES,
  PREVIEW_KEY,
  previewExtension,
  previewIn,
  previewLine,
  type LinkPreview,
} from "./previews.ts";
export { isSilent, SILENT, timerExtension, timerIn, TIMERS_S } from "./settings.ts";
