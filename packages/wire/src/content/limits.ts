/*
 * Bounds of message content. Those of the draft keep the section that names them; the others are ours
 * (protocol/5-content.md §5).
 */

/** Bytes of one MIMI content message. Whatever is bigger travels as an attachment; the largest bucket holds 32 KiB. */
export const MAX_CONTENT_BYTES = 65_536;
/** UTF-8 bytes of a text that this program sends in one message. */
export const MAX_TEXT_BYTES = 16_384;
/** Levels of nested parts, the body being the first (draft-ietf-mimi-content-08 §5.3). */
export const MAX_PART_LEVELS = 4;
/** Parts of one message, all levels together (§8.1). */
export const MAX_PARTS = 1024;
/** Levels of tags, maps and arrays in extensions, the extension map being the first (§5.3). */
export const MAX_EXTENSION_LEVELS = 4;
/** Bytes of a text key of an extension (§3.3). */
export const MAX_EXTENSION_KEY_BYTES = 255;
/** Bytes of a topic id (§8.1). */
export const MAX_TOPIC_BYTES = 4096;
/** Bytes of all ops that a profile carries; of a longer chain only count and hash are told. */
export const MAX_TOLD_OPS_BYTES = 16_384;
/** Characters (code points) of a person's name. */
export const MAX_NAME_CHARACTERS = 64;
/** Files of one message (protocol/5-content.md §9). */
export const MAX_FILES = 10;
/** The key of the extension that tells of a message's files. */
export const MEDIA_KEY = "chapar.media";
