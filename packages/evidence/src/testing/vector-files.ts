/* Files of vectors: what stands in one, and which there are. */

/** One case: what goes in, and what must come out or be refused with. */
export interface VectorCase {
  readonly id: string;
  readonly note: string;
  readonly in: Readonly<Record<string, string>>;
  readonly out?: unknown;
  readonly error?: string;
}

/** One file of vectors. */
export interface VectorFile {
  readonly source: string;
  readonly licence: string;
  readonly spec: string;
  readonly cases: readonly VectorCase[];
}

/** Files of vectors, by name, with what in the page they are about. */
export const VECTOR_FILES = {
  "words.json": "§2, E-11",
  "claims.json": "§3, E-20",
  "challenges.json": "§5",
  "answers.json": "§5, E-40",
  "bundles.json": "§4, E-30",
} as const;

/** Name of a file of vectors. */
export type VectorName = keyof typeof VECTOR_FILES;
