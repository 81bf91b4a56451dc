/** Name of the session part that moves, and finds who moved. */
export const MOVING_PART = "moving";
