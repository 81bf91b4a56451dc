/* Where a command of the lab writes, and how it is stopped. */

/** Where the lab writes and how it is told to stop. */
export interface LabIo {
  /** one line of the answer */
  readonly out: (line: string) => void;
  /** one line beside the answer: what is going on, why something is not done */
  readonly err: (line: string) => void;
  /** ends what runs; everything made is removed before the promise resolves */
  readonly signal?: AbortSignal;
}
