/* The profile a command works on: its engine, whoever holds it, and the conversations a person names on a command line. */
import type { Client, ConversationView, Me } from "@chapar/client";
import { TermError } from "./errors.ts";
import type { Run } from "./run.ts";

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
export async function openProfile(run: Run): Promise<Profile> {
  const [{ attachClient }, engine] = await Promise.all([import("./host/attach.ts"), run.engine()]);
  const lost = new AbortController();
  const client = await attachClient({
    profileDir: run.profileDir,
    openClient: (profileDir) => engine.openClient(profileDir),
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
export async function openJoined(run: Run): Promise<JoinedProfile> {
  const { existsSync } = await import("node:fs");
  const nobody = new TermError("term/no-profile", { profile: run.profileDir });
  if (!existsSync(run.profileDir)) throw nobody;
  const profile = await openProfile(run);
  const me = profile.client.me();
  if (me !== undefined) return { ...profile, me };
  await profile[Symbol.asyncDispose]();
  throw nobody;
}

/** Shorter beginnings of an id are too easily another conversation's. */
const SHORTEST_PREFIX_CHARS = 4;

/**
 * The conversation a person means: its id, or a beginning of it that fits only one.
 *
 * @throws TermError `term/unknown-conversation`
 */
export async function conversationNamed(client: Client, text: string): Promise<ConversationView> {
  const exact = await client.conversation(text).catch(() => undefined);
  if (exact !== undefined) return exact;
  if (text.length >= SHORTEST_PREFIX_CHARS) {
    const [only, ...others] = (await client.conversations()).filter(({ id }) =>
      id.toLowerCase().startsWith(text.toLowerCase()),
    );
    if (only !== undefined && others.length === 0) return only;
  }
  throw new TermError("term/unknown-conversation", { conversation: text });
}
