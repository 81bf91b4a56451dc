/* This device's signature under what is said in channels. */
import type { LetterSigner } from "@chapar/e2e/channels";
import type { Member } from "../core.ts";

export function signerHere({ device, crypto }: Pick<Member, "device" | "crypto">): LetterSigner {
  const sign = async (message: Uint8Array): Promise<Uint8Array> =>
    crypto.ed25519.sign(device.signaturePrivateKey, message);
  return { device: device.credential.device, sign };
}
