/* The site that a bench downloads from: a process of its own, told how many bytes a page has. Ends with its parent. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const bodyBytes = Number(process.argv[2]);
const piece = Buffer.alloc(256 * 1024, 0x5a);

const server = createServer((_request, response) => {
  response.writeHead(200, { "content-length": bodyBytes });
  let leftBytes = bodyBytes;
  const write = (): void => {
    while (leftBytes > 0) {
      const part = piece.subarray(0, Math.min(leftBytes, piece.byteLength));
      leftBytes -= part.byteLength;
      if (!response.write(part)) return void response.once("drain", write);
    }
    response.end();
  };
  write();
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit(0));
