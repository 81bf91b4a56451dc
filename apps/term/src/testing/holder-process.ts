/* A holder that can be killed in the middle of a call: a process of its own whose engine never finishes a send. */
import { serveClient } from "../host/serve.ts";
import { FakeClient } from "./fake-client.ts";

const [, , path = ""] = process.argv;
const engine = new FakeClient();
engine.setConversation({ id: "c" });
engine.send = () => {
  process.send?.("sending");
  return new Promise(() => undefined);
};
await serveClient(engine, path);
// Serving keeps no process alive, but this one has to be there to be killed; it goes with the test at the latest.
process.on("disconnect", () => process.exit());
process.channel?.ref();
process.send?.("ready");
