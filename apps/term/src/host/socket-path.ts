/*
 * Where the process that holds a profile listens. The socket stands in the profile's own folder, which nobody else may
 * enter; where that path is longer than the 108 bytes the kernel takes (104 on other systems), it stands in a folder of
 * this user's under the temporary folder, named by a hash of the profile's path, and that folder is checked to be ours.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { TermError } from "../errors.ts";

/** sun_path holds 104 bytes on BSD systems, 108 on Linux, the closing zero included. */
const LONGEST_PATH_BYTES = 103;

/** The folder for sockets whose own path would be too long, made and checked. */
function sharedFolder(base: string): string {
  const { uid } = userInfo();
  const folder = join(base, `chapar-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid: owner } = lstatSync(folder);
  // Anyone may make this name first in a shared temporary folder; a folder that is not ours alone is refused.
  const isOurs = (mode & 0o170000) === 0o040000 && (mode & 0o077) === 0 && (uid === -1 || owner === uid);
  if (!isOurs) throw new TermError("term/cannot-write", { path: folder, reason: "it belongs to somebody else" });
  return folder;
}

/**
 * The socket's path for a profile folder, which must exist.
 *
 * @param runtimeDir  for paths that are too long; default $XDG_RUNTIME_DIR, else the temporary folder
 * @throws TermError `term/cannot-write` the short folder belongs to somebody else
 */
export function socketPath(profileDir: string, runtimeDir?: string): string {
  const real = realpathSync(profileDir);
  const own = join(real, "host.sock");
  if (Buffer.byteLength(own) <= LONGEST_PATH_BYTES) return own;
  const base = runtimeDir ?? process.env["XDG_RUNTIME_DIR"] ?? tmpdir();
  return join(sharedFolder(base), `${createHash("sha256").update(real).digest("hex").slice(0, 24)}.sock`);
}
