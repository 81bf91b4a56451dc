/*
 * A passkey that opens the lock: WebAuthn's `prf` extension answers the same 32 bytes to the same question, on the authenticator, after it
 * checked its person. The credential is kept by the authenticator; nothing here names it.
 */

/** The question; the answer is a secret of this origin and of the credential. */
const QUESTION = new TextEncoder().encode("chapar lock v1");
const WAIT_MS = 60_000;
/** Ed25519, ES256, RS256 (COSE). */
const KINDS = [-8, -7, -257] as const;

const random = (sizeBytes: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(sizeBytes));

function answerOf(credential: Credential | null): Uint8Array | undefined {
  if (!(credential instanceof PublicKeyCredential)) return undefined;
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) return undefined;
  return first instanceof ArrayBuffer
    ? new Uint8Array(first)
    : new Uint8Array(first.buffer, first.byteOffset, first.byteLength);
}

/** Whether this browser has passkeys at all. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential !== "undefined";
}

/** Asks a passkey of this origin. @returns its 32 bytes, or undefined when it did not answer */
export async function askPasskey(): Promise<Uint8Array | undefined> {
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: random(32),
      userVerification: "required",
      timeout: WAIT_MS,
      extensions: { prf: { eval: { first: QUESTION } } },
    },
  });
  return answerOf(credential);
}

/** Makes a passkey. @returns its 32 bytes, or undefined when it cannot answer */
export async function makePasskey(): Promise<Uint8Array | undefined> {
  const credential = await navigator.credentials.create({
    publicKey: {
      challenge: random(32),
      rp: { name: location.hostname },
      user: { id: random(16), name: location.hostname, displayName: location.hostname },
      pubKeyCredParams: KINDS.map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      timeout: WAIT_MS,
      extensions: { prf: { eval: { first: QUESTION } } },
    },
  });
  // Some authenticators answer only when asked after they were made.
  return answerOf(credential) ?? (await askPasskey());
}
