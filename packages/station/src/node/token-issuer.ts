/*
 * The station's key for blind tokens, in the data folder: `tokens.key` (PKCS #8, RSA of 2048 bits), made when somebody asks for it first;
 * `tokens.recorded`, where the log has its id; `tokens.spent`, 32 bytes for each token that was spent, synced before anything is made
 * for it. None of them is in a backup: a folder without them gets another key, which the log shows, and no token is good twice.
 *
 * Formats are the library's (RFC 9577, 9578); the blind signature itself is one raw RSA operation, which Node does natively.
 */
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  verify,
} from "node:crypto";
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { publicVerif, Token, TOKEN_TYPES, TokenChallenge } from "@cloudflare/privacypass-ts";
import { idText, type StationKey } from "@chapar/wire";
import { equalBytes, toHex } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type ShownTokenKey, TOKEN_FAULT, type TokenIssuer } from "../tokens/token-desk.ts";
import { nodeSha256 } from "./node-crypto.ts";
import { storageError } from "./sqlite-open.ts";
import { writeWhole } from "./station-files.ts";

const KEY_NAME = "tokens.key";
const RECORDED_NAME = "tokens.recorded";
const SPENT_NAME = "tokens.spent";
const MODULUS_BITS = 2048;
const NAME_BYTES = 32;
const OWNER_ONLY = 0o600;
const TYPE = TOKEN_TYPES.BLIND_RSA;
/** RFC 9578 §6.4. */
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 } as const;

const generate = promisify(generateKeyPair);

interface IssuerKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** as RFC 9578 §6.5 encodes it */
  readonly bytes: Uint8Array;
  readonly id: Uint8Array;
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === "ENOENT") return undefined;
    throw stationError("station/storage-failed", undefined, cause);
  }
}

async function loadKey(dataDir: string): Promise<IssuerKey> {
  const held = readIfThere(join(dataDir, KEY_NAME));
  let privateKey: KeyObject;
  if (held === undefined) {
    ({ privateKey } = await generate("rsa", { modulusLength: MODULUS_BITS, publicExponent: 0x1_00_01 }));
    writeWhole(dataDir, KEY_NAME, privateKey.export({ format: "der", type: "pkcs8" }));
  } else {
    try {
      privateKey = createPrivateKey({ key: Buffer.from(held), format: "der", type: "pkcs8" });
    } catch (cause) {
      throw stationError("station/bad-key-file", undefined, cause);
    }
  }
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ format: "der", type: "spki" });
  const told = await crypto.subtle.importKey("spki", spki, { name: "RSA-PSS", hash: "SHA-384" }, true, ["verify"]);
  const bytes = await publicVerif.getPublicKeyBytes(told);
  return { privateKey, publicKey, bytes, id: nodeSha256(bytes) };
}

/** What every token of a station is bound to. */
export function tokenChallenge(station: StationKey): TokenChallenge {
  return new TokenChallenge(TYPE.value, idText(station), new Uint8Array(0), []);
}

const refused = (fault: keyof typeof TOKEN_FAULT): Error => stationError("station/token-refused", TOKEN_FAULT[fault]);

/** What a reader of the library makes of bytes, which begin where their buffer does. @throws StationError `station/token-refused` */
function read<T>(make: () => T): T {
  try {
    return make();
  } catch {
    throw refused("malformed");
  }
}

/** Signs and checks with the key of a folder. */
export class NodeTokenIssuer implements TokenIssuer {
  readonly #dataDir: string;
  readonly #digest: Uint8Array;
  readonly #spent: Set<string>;
  #key: Promise<IssuerKey> | undefined;
  #ledger: Ledger | undefined;
  #index: Promise<number> | undefined;
  #known: number | undefined;

  /** The folder must be locked. @throws StationError `station/storage-failed` */
  constructor(dataDir: string, station: StationKey) {
    this.#dataDir = dataDir;
    this.#digest = nodeSha256(tokenChallenge(station).serialize());
    const spent = readIfThere(join(dataDir, SPENT_NAME)) ?? new Uint8Array(0);
    const names = Array.from({ length: Math.floor(spent.byteLength / NAME_BYTES) }, (_, at) =>
      toHex(spent.subarray(at * NAME_BYTES, (at + 1) * NAME_BYTES)),
    );
    this.#spent = new Set(names);
  }

  /** Where the id of the key is written from now on. */
  over(ledger: Ledger): void {
    this.#ledger = ledger;
  }

  #load(): Promise<IssuerKey> {
    this.#key ??= loadKey(this.#dataDir);
    this.#key.catch(() => (this.#key = undefined));
    return this.#key;
  }

  async key(): Promise<ShownTokenKey> {
    const { bytes, id } = await this.#load();
    if (this.#ledger !== undefined) {
      this.#index ??= this.#record(this.#ledger, id);
      // A full disk or a closing station: who asks next tries again.
      this.#index.then(
        (index) => (this.#known = index),
        () => (this.#index = undefined),
      );
    }
    return { bytes, index: this.#known };
  }

  async #record(ledger: Ledger, id: Uint8Array): Promise<number> {
    const name = `${ledger.generation} ${toHex(id)} `;
    const held = readIfThere(join(this.#dataDir, RECORDED_NAME));
    const line = held === undefined ? "" : Buffer.from(held).toString("utf8");
    const known = Number(line.slice(name.length));
    if (line.startsWith(name) && Number.isSafeInteger(known)) return known;
    const index = await ledger.record({ kind: "token-key", id });
    writeWhole(this.#dataDir, RECORDED_NAME, Buffer.from(`${name}${index}\n`, "utf8"));
    return index;
  }

  async sign(request: Uint8Array): Promise<Uint8Array> {
    const { privateKey, id } = await this.#load();
    const asked = read(() => publicVerif.TokenRequest.deserialize(TYPE, request.slice()));
    if (asked.truncatedTokenKeyId !== id.at(-1)) throw refused("otherKey");
    // Raw: what is signed is a number below the modulus, and the library has padded it.
    return read(
      () => new Uint8Array(privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, asked.blindedMsg)),
    );
  }

  async open(bytes: Uint8Array): Promise<Uint8Array> {
    const { publicKey, id } = await this.#load();
    const token = read(() => Token.deserialize(TYPE, bytes.slice()));
    const { authInput } = token;
    if (!equalBytes(token.serialize(), bytes)) throw refused("malformed");
    if (!equalBytes(authInput.tokenKeyId, id)) throw refused("otherKey");
    const isGood =
      equalBytes(authInput.challengeDigest, this.#digest) &&
      verify("sha384", authInput.serialize(), { key: publicKey, ...PSS }, token.authenticator);
    if (!isGood) throw refused("badSignature");
    // By what is signed: a signature has other encodings, a nonce has not.
    return new Uint8Array(createHash("sha256").update(authInput.serialize()).digest());
  }

  async spend(name: Uint8Array): Promise<boolean> {
    const key = toHex(name);
    if (this.#spent.has(key)) return false;
    // At once: a second link that spends it in the same moment comes too late.
    this.#spent.add(key);
    try {
      const file = openSync(join(this.#dataDir, SPENT_NAME), "a", OWNER_ONLY);
      try {
        appendFileSync(file, name);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (cause) {
      this.#spent.delete(key);
      throw storageError(cause);
    }
    return true;
  }
}
