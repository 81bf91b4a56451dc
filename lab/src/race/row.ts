/* What a race of everybody came to. */

/** The numbers of `chapar lab race`; docs/lab.md says what each means. */
export interface RaceRow {
  readonly people: number;
  readonly changes: number;
  readonly letters: number;
  /** commits of the log since the race began: the changes, and what renewed leaves after them */
  readonly commits: number;
  /** places of the log, on any device, where a commit does not end the epoch that follows the one before */
  readonly breaks: number;
  /** devices that end in another epoch, with other secrets, people, roles or title than the first */
  readonly apart: number;
  /** pairs of a letter and somebody who has to have it */
  readonly owed: number;
  readonly lost: number;
  readonly twice: number;
  /** lines in the place of entries, and chats that are not open, on any device */
  readonly faults: number;
  readonly kills: number;
  readonly cuts: number;
  readonly restarts: number;
  /** from the first change until everybody has everything */
  readonly raceMs: number;
  /** of this process meanwhile: all engines, not the stations */
  readonly cpuMs: number;
}
