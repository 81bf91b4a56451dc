/* The station that a bench measures: a process of its own, told its data folder, answering its URL. Ends with its parent. */
import { startStation } from "@chapar/station/node";

const [dataDir = "", patience = ""] = process.argv.slice(2);
const rate = { ratePerSecond: 100_000, burst: 1_000_000 };
const each = { light: rate, append: rate, proof: rate, register: rate, take: rate, inbox: rate, blob: rate };
const station = await startStation({
  dataDir,
  port: 0,
  host: "127.0.0.1",
  region: "DE",
  name: "bench",
  peers: [],
  signUp: "open",
  // What is measured is then the work, and not for how long a flood is made to wait.
  ...(patience === "unlimited"
    ? { rates: { link: each, peer: each, perInbox: rate, ephemeral: { account: rate, station: rate } } }
    : {}),
});
process.send?.(station.url);
process.on("disconnect", () => process.exit(0));
