/* A server as R3 looks for it: says nothing to anybody, reads fifty bytes, then closes. Arguments: address, port. */
import { createServer } from "node:net";

const THRESHOLD_BYTES = 50;
const [address = "", port = ""] = process.argv.slice(2);

createServer((socket) => {
  let gotBytes = 0;
  socket.on("data", (chunk) => {
    gotBytes += chunk.length;
    if (gotBytes >= THRESHOLD_BYTES) socket.end();
  });
  socket.on("error", () => socket.destroy());
}).listen(Number(port), address, () => console.log(JSON.stringify({ event: "ready" })));
