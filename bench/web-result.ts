/* What `./chapar bench web` prints. */

/** One figure of the web app. */
export interface WebResult {
  readonly case: string;
  readonly ms: number | undefined;
  readonly bytes: number | undefined;
  /** of what has no unit */
  readonly count?: number;
  readonly note: string;
}
