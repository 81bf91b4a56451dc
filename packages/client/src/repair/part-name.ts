/** Name of the session part that goes on after a station was restored. */
export const RESTORED_PART = "restored";
