/* The examples of draft-ietf-mimi-content-08: decoded, written back byte for byte, and named as the draft names them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { toHex } from "../bytes/index.ts";
import { TEST_CHAIN_PORTS } from "../testing/op-chains.ts";
import { messageId } from "./mimi.ts";
import { decodeMimi } from "./mimi-decode.ts";
import { encodeMimi } from "./mimi-encode.ts";

const FOLDER = join(import.meta.dirname, "../../../../../shared/vectors/mimi-content");
const names =
  existsSync(FOLDER) === true
    ? readdirSync(FOLDER)
        .filter((file) => file.endsWith(".cbor"))
        .map((file) => file.slice(0, -".cbor".length))
    : [];

/** The id in the first comment of an example: `# message ID = h'…` over two lines. */
function statedId(edn: string): string | undefined {
  return /message ID = h'([0-9a-f\s#]+)'/.exec(edn)?.[1]?.replace(/[^0-9a-f]/g, "");
}

describe("the draft's examples", () => {
  if (names.length === 0) {
    it("NOT RUN: the folder of foreign vectors is missing", () => {
      expect(names).toEqual([]);
    });
    return;
  }

  it("C-1 C-4 decode, come back byte for byte and have the stated id", () => {
    expect(names.length).toBeGreaterThanOrEqual(7);
    for (const name of names) {
      const bytes = new Uint8Array(readFileSync(join(FOLDER, `${name}.cbor`)));
      const decoded = decodeMimi(bytes);
      expect(decoded, name).toMatchObject({ ok: true });
      if (!decoded.ok) continue;
      expect(toHex(encodeMimi(decoded.value)), name).toBe(toHex(bytes));
      const { senderUri = "", roomUri = "" } = decoded.value.extensions;
      const id = messageId({ senderUri, roomUri, content: bytes, sha256: TEST_CHAIN_PORTS.sha256 });
      expect(toHex(id), name).toBe(statedId(readFileSync(join(FOLDER, `${name}.edn`), "utf8")));
    }
  });
});
