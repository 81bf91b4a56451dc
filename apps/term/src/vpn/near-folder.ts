/* Where the near end of a capture and its helpers meet: a folder of root's, one for each network of the machine. */
import { chmodSync, chownSync, mkdirSync, readlinkSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { TermError } from "../errors.ts";
import { HELPER_ID } from "./capture-rules.ts";

/** A folder, and the socket in it. */
export interface NearFolder {
  readonly folder: string;
  readonly socketPath: string;
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function nearPlace(): NearFolder {
  // Network namespaces share /run; the inode names this one.
  const [network = ""] = /\d+/.exec(readlinkSync("/proc/self/ns/net")) ?? [];
  const folder = `/run/chapar-vpn-${network}`;
  return { folder, socketPath: join(folder, "near.sock") };
}

/** Removes it, whoever left it. */
export const removeNearFolder = (): void => rmSync(nearPlace().folder, { recursive: true, force: true });

/**
 * Makes it, over what a run left that was killed.
 *
 * @throws TermError `term/vpn-taken` while another run holds it
 */
export async function nearFolder(): Promise<NearFolder> {
  const { folder, socketPath } = nearPlace();
  if (await isAnswered(socketPath)) throw new TermError("term/vpn-taken");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o711 });
  chmodSync(folder, 0o711);
  return { folder, socketPath };
}

/** Lets the helpers, and nobody else but root, connect to the near end's socket. */
export function openToHelpers(socketPath: string): void {
  chownSync(socketPath, HELPER_ID, HELPER_ID);
  chmodSync(socketPath, 0o600);
}
