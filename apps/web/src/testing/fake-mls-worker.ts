/* The in-memory engine seals nothing: its worker ends at once. */
globalThis.close();
