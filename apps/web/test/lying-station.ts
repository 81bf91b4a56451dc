/*
 * A real station on a folder and a port, as a process of its own, that lies from its start on, while its heads stay true:
 *
 *   node lying-station.ts DATA PORT WEB-ROOT ORDER...
 *
 * `alter=LOG` changes one bit of every entry of that log that it hands out; `expire=LOG/INDEX` deletes the body of an entry
 * and signs that its time was over; `push-here` is no lie: it lets a push service on this machine be asked.
 */
import { startStation } from "@chapar/station/node";
import { logId } from "@chapar/wire";
import { fromBase32, toBase32 } from "@chapar/wire/bytes";

const [dataDir = "", port = "0", webRoot = "", ...orders] = process.argv.slice(2);
const lies = orders.map((order) => /^(alter|expire)=([a-z2-7]+)(?:\/(\d+))?$/u.exec(order)?.slice(1) ?? []);
const altered = new Set(lies.flatMap(([what, log]) => (what === "alter" && log !== undefined ? [log] : [])));

function flipped(entry: Uint8Array): Uint8Array {
  const out = entry.slice();
  out[out.length - 1] = (out.at(-1) ?? 0) ^ 1;
  return out;
}

let expire = async (_log: Uint8Array, _index: number): Promise<void> => undefined;

await using station = await startStation(
  { dataDir, port: Number(port), region: "IR", name: "Qanat", webRoot },
  {
    ...(orders.includes("push-here") && { push: { reachesLocal: true } }),
    store: (own) => {
      expire = async (log, first) => {
        const hole = { first, count: 1, status: "expired", tombstone: undefined } as const;
        await own.commit([{ kind: "hole", log: logId(log), hole }]);
      };
      return new Proxy(own, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (name === "chunks") {
            return async (...asked: Parameters<typeof own.chunks>) => {
              const chunks = await own.chunks(...asked);
              if (!altered.has(toBase32(asked[0]))) return chunks;
              return chunks.map((chunk) => ({ ...chunk, entries: chunk.entries.map(flipped) }));
            };
          }
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
    },
  },
);
for (const [what, log, index] of lies) {
  const bytes = fromBase32(log ?? "");
  if (what === "expire" && bytes !== undefined) await expire(bytes, Number(index));
}
process.stdout.write(`${JSON.stringify({ event: "ready", url: station.url })}\n`);
await new Promise((resolve) => process.stdin.on("close", resolve).resume());
