/* The in-memory engine seals nothing: its worker does nothing. */
export {};
