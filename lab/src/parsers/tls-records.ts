/*
 * The sizes of TLS records, read from a stream cut into pieces anywhere: what is left to see of an encrypted connection, and
 * what rule R4 measures. Record borders do not move when the network cuts packets differently. RFC 8446 §5.1.
 */

/** One record as seen from outside. `sizeBytes` is the body without its five-byte header. */
export interface TlsRecord {
  readonly type: number;
  readonly sizeBytes: number;
}

/** Record types. */
export const RecordType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

const HEADER_BYTES = 5;
/** 2^14 and what encryption may add (RFC 5246 §6.2.3, the more generous of the two versions). */
const MAX_BODY_BYTES = 16_384 + 2048;

/** Reads one direction of a connection. Keeps at most one header; bodies are counted, not kept. */
export class TlsRecordReader {
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFilled = 0;
  #bodyLeft = 0;
  #isTls = true;

  /** false once something was no record; from then on nothing is read */
  get isTls(): boolean {
    return this.#isTls;
  }

  /** Takes the next bytes and answers the records whose *headers* end in them. */
  push(bytes: Uint8Array): TlsRecord[] {
    const records: TlsRecord[] = [];
    let at = 0;
    while (at < bytes.byteLength && this.#isTls) {
      if (this.#bodyLeft > 0) {
        const skipped = Math.min(this.#bodyLeft, bytes.byteLength - at);
        this.#bodyLeft -= skipped;
        at += skipped;
        continue;
      }
      this.#header[this.#headerFilled++] = bytes[at++] ?? 0;
      if (this.#headerFilled < HEADER_BYTES) continue;
      this.#headerFilled = 0;
      const [type = 0, major = 0, , high = 0, low = 0] = this.#header;
      const sizeBytes = (high << 8) | low;
      this.#isTls = type >= 20 && type <= 24 && major === 3 && sizeBytes <= MAX_BODY_BYTES;
      if (!this.#isTls) break;
      this.#bodyLeft = sizeBytes;
      records.push({ type, sizeBytes });
    }
    return records;
  }
}
