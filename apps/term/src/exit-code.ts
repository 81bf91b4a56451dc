/*
 * Exit codes, as sysexits.h numbers them, so that scripts can tell "try again later" from "this will never work".
 * They are stable: docs/cli.md lists them and a test compares.
 */

/** What a command's end means to a script. */
export const ExitCode = {
  ok: 0,
  /** a file was checked and proves nothing */
  notProven: 1,
  /** the command line was wrong */
  usage: 64,
  /** what was handed in cannot be read: a broken invite, text that is not UTF-8 */
  badInput: 65,
  /** a file or conversation that was named does not exist */
  notFound: 66,
  /** something that is needed is not there and waiting does not help */
  unavailable: 69,
  /** a fault of Chapar itself */
  internal: 70,
  /** a folder or file cannot be made or written */
  cannotCreate: 73,
  /** the disk failed or is full */
  inputOutput: 74,
  /** kept on this device, not yet at the station: it goes with the next connection */
  temporary: 75,
  /** another party broke the protocol; what was checked did not hold */
  protocol: 76,
  /** the station said no */
  refused: 77,
  /** nothing was set up yet (no profile) */
  notSetUp: 78,
  /** ended by Ctrl-C before the work was done */
  interrupted: 130,
  /** ended by SIGTERM before the work was done */
  terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
