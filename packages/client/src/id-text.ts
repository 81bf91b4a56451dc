/* Ids as apps, links and the command line write them. */

/** Base32 of 20 bytes: a conversation. */
export type ConversationIdText = string;
/** Base32 of the 20-byte identity id. */
export type IdentityIdText = string;
/** Base64url of the 32-byte MIMI message id. */
export type MessageIdText = string;
