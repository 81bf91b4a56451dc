/* Says two things to an echo, one after the other; prints how many came back. Arguments: address, port, milliseconds to wait. */
import { connect } from "node:net";

const [address = "", port = "", waitMs = ""] = process.argv.slice(2);
/** In no protocol that a filter would permit. */
const WORDS = [Buffer.alloc(40, 0xa5), Buffer.alloc(40, 0x5a)];

let echoes = 0;
const socket = connect({ host: address, port: Number(port) }, () => socket.write(WORDS[0] ?? ""));
const end = (): void => {
  console.log(`echoes ${echoes}`);
  process.exit();
};
socket.on("data", () => {
  echoes++;
  const next = WORDS[echoes];
  if (next === undefined) end();
  else socket.write(next);
});
socket.on("error", end);
setTimeout(end, Number(waitMs));
