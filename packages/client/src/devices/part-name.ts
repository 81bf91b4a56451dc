/* Name under which others wake the session part of the own devices, without its code. */
export const DEVICES_PART = "devices";
