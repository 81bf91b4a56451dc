/* The station that a bench measures: a process of its own, told its data folder, answering its URL. Ends with its parent. */
import { startStation } from "@chapar/station/node";

const [dataDir = ""] = process.argv.slice(2);
const station = await startStation({
  dataDir,
  port: 0,
  host: "127.0.0.1",
  region: "DE",
  name: "bench",
  peers: [],
  signUp: "open",
});
process.send?.(station.url);
process.on("disconnect", () => process.exit(0));
