/* A station in a process of its own, so that it can be killed. Run: node hub-main.ts FOLDER PORT NAME; tells where it is over the channel of `fork`. */
import { startStation } from "@chapar/station/node";

const [dataDir = "", port = "0", name = ""] = process.argv.slice(2);
const { url, key, signUpToken } = await startStation({ dataDir, port: Number(port), region: "DE", name, peers: [] });
// Without whoever started it there is nobody to serve.
process.once("disconnect", () => process.exit(0));
process.send?.({ url, key: [...key], token: [...signUpToken] });
