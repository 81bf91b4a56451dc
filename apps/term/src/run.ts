/* What a command is given by the one place that talks to the process (main.ts), so that tests can run commands in memory. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Client, InvitePreview } from "@chapar/client";
import type { Output } from "./output.ts";

/** Which folders and keys a profile is opened with. */
export interface OpenWith {
  readonly profileDir: string;
}

/** The engine, as far as commands open it themselves. */
export interface Engine {
  /**
   * @param as  how it was just unlocked; else whoever opens a locked one is asked for its PIN
   * @throws ClientError `client/profile-in-use` while another process holds the folder
   */
  openClient(profileDir: string, as?: OpenWith): Promise<Client>;
  /** Reads an invite without acting on it. @throws ClientError `client/bad-invite` */
  previewInvite(invite: string): InvitePreview;
}

/** The process around a command. */
export interface Surroundings {
  /** the checkout the launcher stands in */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream | AsyncIterable<Uint8Array>;
  readonly stdout: NodeJS.WriteStream;
  /** aborted by Ctrl-C and SIGTERM */
  readonly signal: AbortSignal;
  /** Loads the engine; a port, so that tests bring their own. */
  engine(): Promise<Engine>;
}

/** One run of one command. */
export interface Run extends Surroundings {
  readonly out: Output;
  readonly profileDir: string;
}

/** The folder of a profile: the option, else $CHAPAR_PROFILE, else ~/.chapar. */
export function profileFolder(option: string | undefined, env: Surroundings["env"]): string {
  const named = option ?? env["CHAPAR_PROFILE"];
  return named === undefined || named === "" ? join(homedir(), ".chapar") : resolve(named);
}
