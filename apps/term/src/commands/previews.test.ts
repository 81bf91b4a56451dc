/* Previews of links from the command line and in the chat, from a site on this machine (protocol/5-content.md §12). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { previewInChat } from "../preview/in-chat.ts";
import { CommandStage } from "../testing/command-stage.ts";
import { pageSite } from "../testing/small-site.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

const CHAT = "conversation-Sara";
const { signal } = new AbortController();

describe("previews of links", () => {
  it("C-104 C-106 nothing is fetched until the person says so, and then of what they say", async () => {
    await using site = await pageSite("News");
    await joined();
    const first = await chapar(["previews", "--json"]);
    expect(first.lines).toEqual([{ event: "previews", mode: "off", via: null, also: [] }]);
    await chapar(["send", CHAT, `see ${site.url}/a`]);
    await chapar(["previews", "ask", "--also", "127.0.0.0/8"]);
    // Nobody is there to be asked.
    await chapar(["send", CHAT, `see ${site.url}/b`]);
    await chapar(["previews", "on"]);
    await chapar(["send", CHAT, `see ${site.url}/c`, "--no-preview"]);
    expect(site.asked).toEqual([]);
    await chapar(["send", CHAT, `see ${site.url}/d`]);
    expect(site.asked).toEqual(["/d", "/picture.png"]);
    const [shown] = (await chapar(["read", CHAT, "--json"])).lines.slice(-1);
    const address = `${site.url}/d`;
    const picture = { mediaType: "image/jpeg", sizeBytes: expect.any(Number) as number };
    expect(shown).toMatchObject({
      preview: { address, host: `127.0.0.1:${site.port}`, title: "News", description: "Of everything", picture },
    });
    expect((await chapar(["read", CHAT])).stdout).toContain(`┃ 127.0.0.1:${site.port} · News`);
  });

  it("C-104 goes when it is asked for, says why there is none, and is refused where there is no link", async () => {
    await joined();
    const none = await chapar(["send", CHAT, "http://127.0.0.1:1/", "--preview", "--json"]);
    expect(none.lines[0]).toEqual({ event: "no-preview", address: "http://127.0.0.1:1/", why: "not-public" });
    expect(none).toMatchObject({ code: 0, lines: [{}, { event: "receipt" }] });
    expect((await chapar(["send", CHAT, "http://127.0.0.1:1/", "--preview"])).stdout).toContain("private network");
    expect(await chapar(["send", CHAT, "no link", "--preview"])).toMatchObject({ code: 64 });
    expect(await chapar(["send", CHAT, "http://a.example", "--preview", "--at", "+5m"])).toMatchObject({ code: 64 });
  });

  it("C-104 keeps a proxy and named addresses, takes them back, and takes nothing else for them", async () => {
    await joined();
    await chapar(["previews", "--via", "http://127.0.0.1:8118/", "--also", "10.0.0.0/8", "fd00::1"]);
    const set = { mode: "off", via: "http://127.0.0.1:8118", also: ["10.0.0.0/8", "fd00::1"] };
    expect((await chapar(["previews", "--json"])).lines).toMatchObject([set]);
    expect((await chapar(["previews"])).stdout).toContain("through http://127.0.0.1:8118");
    expect((await chapar(["previews", "--no-via", "--also", "none", "--json"])).lines).toMatchObject([
      { mode: "off", via: null, also: [] },
    ]);
    for (const wrong of [["--via", "socks5://127.0.0.1:1"], ["--also", "everything"], ["sometimes"]])
      expect(await chapar(["previews", ...wrong])).toMatchObject({ code: 64 });
  });

  it("C-104 the chat asks, by the host that will see the address, and fetches when it is told to", async () => {
    await using site = await pageSite("News");
    await joined();
    await chapar(["previews", "ask", "--also", "127.0.0.1"]);
    const here = { env: {}, signal };
    const ask = (wish: "with" | "without" | "open", text = `see ${site.url}/a`) =>
      previewInChat(stage.engine, text, wish, here);
    expect((await ask("open")).question).toContain(`127.0.0.1:${site.port} sees your address`);
    expect(await ask("without")).toEqual({});
    expect(await ask("open", "no link")).toEqual({});
    expect(site.asked).toEqual([]);
    expect((await ask("with")).preview).toMatchObject({ title: "News" });
    await chapar(["previews", "off"]);
    expect(await ask("open")).toEqual({});
    expect(await ask("with", "http://192.168.0.1/")).toEqual({
      notice: "Sent without a preview: it leads into a private network.",
    });
  });

  it("C-107 read says under a message where a link that may be taken for another leads, and tells scripts", async () => {
    await joined();
    await chapar(["open", "person:Sara"]);
    stage.engine.deliver(CHAT, "pay at https://\u0430\u0440\u0440\u04cf\u0435.example/bill");
    expect((await chapar(["read", CHAT])).stdout).toContain("! leads to xn--80ak6aa92e.example: its letters only look");
    const doubt = { written: "https://\u0430\u0440\u0440\u04cf\u0435.example/bill", host: "xn--80ak6aa92e.example" };
    expect((await chapar(["read", CHAT, "--json"])).lines).toMatchObject([
      { doubts: [{ ...doubt, doubt: "look-alike" }] },
    ]);
  });
});
