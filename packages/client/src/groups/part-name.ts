/* Name under which desks wake the session part of groups, without its code. */
export const GROUPS_PART = "groups";
