/* `whoami`: who this profile is, where it is at home, and how it stands with the way there. */
import { ExitCode } from "../exit-code.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { stationWords } from "../views.ts";

export async function whoami(run: Run): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { identity, device, name, home } = profile.me;
  const words = [
    name,
    `  identity  ${identity}`,
    `  device    ${device}`,
    `  home      ${stationWords(home)}${home.urls.length === 0 ? "" : `, ${home.urls.join(" ")}`}`,
    `  profile   ${run.profileDir}`,
  ].join("\n");
  run.out.result({ event: "me", identity, device, name, home, profile: run.profileDir }, words);
  return ExitCode.ok;
}
