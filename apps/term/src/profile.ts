/* The profile a command works on: its engine, whoever holds it, and the conversations a person names on a command line. */
import type { Client, ConversationView, Me } from "@chapar/client";
import { isTermError, TermError } from "./errors.ts";
import type { OpenWith, Run } from "./run.ts";
import { withStation } from "./waiting.ts";

/** An opened profile. */
export interface Profile extends AsyncDisposable {
  readonly client: Client;
  /** aborted by Ctrl-C, and when the profile cannot be used any more */
  readonly signal: AbortSignal;
}

/** An opened profile that has an identity. */
export interface JoinedProfile extends Profile {
  readonly me: Me;
}

/** Opens the folder of `--profile`, or speaks to the process that has it open. */
export async function openProfile(run: Run, as?: OpenWith): Promise<Profile> {
  const [{ attachClient }, engine] = await Promise.all([import("./host/attach.ts"), run.engine()]);
  const lost = new AbortController();
  const client = await attachClient({
    profileDir: run.profileDir,
    openClient: (profileDir) => engine.openClient(profileDir, as),
    preview: (invite) => engine.previewInvite(invite),
    onLost: (error) => lost.abort(error),
  });
  return {
    client,
    signal: AbortSignal.any([run.signal, lost.signal]),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** As openProfile. @throws TermError `term/no-profile` before anything is made in the folder, when nobody joined with it */
export async function openJoined(run: Run, as?: OpenWith): Promise<JoinedProfile> {
  const { existsSync } = await import("node:fs");
  const nobody = new TermError("term/no-profile", { profile: run.profileDir });
  if (!existsSync(run.profileDir)) throw nobody;
  const profile = await openProfile(run, as);
  const me = profile.client.me();
  if (me !== undefined) return { ...profile, me };
  await profile[Symbol.asyncDispose]();
  throw nobody;
}

/** Shorter beginnings of an id are too easily another conversation's. */
const SHORTEST_PREFIX_CHARS = 4;

async function knownConversation(client: Client, text: string): Promise<ConversationView | undefined> {
  const exact = await client.conversation(text);
  if (exact !== undefined || text.length < SHORTEST_PREFIX_CHARS) return exact;
  const prefix = text.toLowerCase();
  const [only, ...others] = (await client.conversations()).filter(({ id }) => id.toLowerCase().startsWith(prefix));
  return others.length === 0 ? only : undefined;
}

/**
 * The conversation a person means: its id, or a beginning of it that fits only one. One that is not on this device yet
 * may wait at the station (the other side opened it), so the station is asked before it is called unknown.
 *
 * @param seconds  how long the station may take; 0 does not ask
 * @throws TermError `term/unknown-conversation`
 */
export async function conversationNamed(profile: Profile, text: string, seconds: number): Promise<ConversationView> {
  const { client, signal } = profile;
  const known = await knownConversation(client, text);
  if (known !== undefined) return known;
  if (seconds > 0) {
    await withStation(client, { seconds, signal }, (ending) => client.settled({ signal: ending })).catch(
      (error: unknown) => {
        // Not reached or refused: what is here is all there is.
        if (!isTermError(error, "term/not-reached") && !isTermError(error, "term/refused")) throw error;
      },
    );
    const found = await knownConversation(client, text);
    if (found !== undefined) return found;
  }
  throw new TermError("term/unknown-conversation", { conversation: text });
}
