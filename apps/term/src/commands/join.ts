/*
 * `join`: makes an identity. The identity is made on this device at once; the command then waits for the station to have
 * taken it, so that scripts can rely on it. Called again with the same name and station it goes on waiting.
 */
import type { Client, Me } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { openProfile } from "../profile.ts";
import type { Run } from "../run.ts";
import { stationWords } from "../views.ts";
import { givenInvite } from "../way-file.ts";
import { withStation } from "../waiting.ts";

async function makeOrFind(client: Client, invite: string, name: string, profileDir: string): Promise<Me> {
  const known = client.me();
  if (known === undefined) return client.join(invite, name);
  const { station } = client.preview(invite);
  if (known.name === name && known.home.key === station.key) return known;
  throw new TermError("term/other-identity", {
    profile: profileDir,
    name: known.name,
    station: stationWords(known.home),
  });
}

export async function join(
  run: Run,
  invite: string,
  options: { readonly name: string; readonly timeout: number },
): Promise<ExitCode> {
  await using profile = await openProfile(run);
  const { client, signal } = profile;
  const given = await givenInvite(client, invite);
  const me = await makeOrFind(client, given.invite, options.name, run.profileDir);
  if (given.file !== undefined) await client.ways.addFile(given.file);
  const say = (accepted: boolean): void => {
    const { identity, device, name, home } = client.me() ?? me;
    const words = accepted
      ? `You are ${name} at ${stationWords(home)}.`
      : `You are ${name}. Your identity is kept in ${run.profileDir}; ${stationWords(home)} does not know it yet.`;
    run.out.result({ event: "joined", identity, device, name, home, profile: run.profileDir, accepted }, words);
  };
  if (options.timeout === 0) {
    say(false);
    return ExitCode.ok;
  }
  run.out.progress(`Reaching ${stationWords(me.home)} ...`);
  try {
    await withStation(client, { seconds: options.timeout, signal }, (ending) => client.settled({ signal: ending }));
  } catch (error) {
    say(false);
    throw error;
  }
  say(true);
  return ExitCode.ok;
}
