/*
 * A real Chromium for the tests that need one: the one named in CHAPAR_CHROMIUM, else Debian's. When it is missing and the
 * user may install packages, it is installed; otherwise the answer says what to do, and the tests are reported as not run.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export function ensureChromium():
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly why: string } {
  const named = process.env["CHAPAR_CHROMIUM"];
  if (named !== undefined && existsSync(named)) return { ok: true, path: named };
  const find = (): string | undefined => PLACES.find((path) => existsSync(path));
  let path = find();
  if (path === undefined && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.log("Chromium is missing; installing Debian's package ...");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-q"], { stdio: "ignore", env });
    spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], { stdio: "inherit", env });
    path = find();
  }
  if (path === undefined)
    return {
      ok: false,
      why: "no Chromium here; install it with: apt-get install chromium (or name one in CHAPAR_CHROMIUM)",
    };
  return { ok: true, path };
}
