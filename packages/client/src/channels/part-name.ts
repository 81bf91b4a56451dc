/** The name under which a desk wakes the session part of channels. */
export const CHANNELS_PART = "channels";
