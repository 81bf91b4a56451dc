/* The first byte of a knock's frame: which part hears it. Each number is given once, in this file (1-wire.md: what an inbox holds is opaque to stations). */

/** A welcome into a conversation of two (knock.ts). */
export const WELCOME_FRAME = 1;
/** A member's word outside of the room (repair/codec.ts). */
export const REPAIR_FRAME = 2;
/** An own device hands a conversation over (devices/hand.ts). */
export const HAND_FRAME = 3;
/** A welcome into a group (groups/welcome-bundle.ts). */
export const GUEST_FRAME = 4;
/** Somebody asks by a link into a group, and the answer (groups/link-knock.ts). */
export const GROUP_ASK_FRAME = 5;
export const GROUP_ANSWER_FRAME = 6;
/** A welcome into a group by another device of the same person (F-100). */
export const OWN_GUEST_FRAME = 7;
/** Somebody brings this device the weekly key of a large group (groups/week-part.ts). */
export const WEEK_FRAME = 8;
/** Somebody asks by a link into a channel, what lets them in, and the answer (channels/knocks.ts). */
export const CHANNEL_ASK_FRAME = 11;
export const CHANNEL_GRANT_FRAME = 12;
export const CHANNEL_ANSWER_FRAME = 13;
