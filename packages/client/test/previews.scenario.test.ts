import type { Mls } from "@chapar/e2e";
import { decodeLetter, decodeMimi, encodeLetter, encodeMimi, type UnknownExtension } from "@chapar/wire/content";
import { previewExtension } from "@chapar/wire/talk";
import { describe, expect, it } from "vitest";
import type { MessageView, PreviewView } from "../src/index.ts";
import { World } from "./world.ts";

/** What a lying device of Sara's puts beside her next text. */
let forged: UnknownExtension | undefined;

const mls = (inner: Mls): Mls => ({
  ...inner,
  seal: async (group, bytes) => {
    const letter = decodeLetter(bytes);
    const content = letter.ok ? decodeMimi(letter.value.content) : undefined;
    const more = forged;
    if (more === undefined || !letter.ok || content?.ok !== true) return inner.seal(group, bytes);
    forged = undefined;
    const { extensions } = content.value;
    const lying = { ...content.value, extensions: { ...extensions, others: [...extensions.others, more] } };
    return inner.seal(group, encodeLetter({ ...letter.value, content: encodeMimi(lying) }));
  },
});

async function two() {
  const world = new World({ latencyMs: 5 });
  const station = await world.stations.station("one");
  const sara = await world.person("Sara", station, { mls });
  const dara = await world.person("Dara", station);
  const id = await sara.client.open(await dara.client.invite());
  for (const person of [sara, dara]) person.client.connect();
  const quiet = (): Promise<void> => world.quiet([sara, dara]);
  await sara.client.send(id, { text: "hello" });
  await quiet();
  const heard = async (): Promise<MessageView> => {
    await quiet();
    const [last] = (await dara.client.messages(id, { limit: 1 })).slice(-1);
    if (last === undefined) throw new Error("nothing was heard");
    return last;
  };
  const lie = async (text: string, extension: UnknownExtension): Promise<MessageView> => {
    forged = extension;
    await sara.client.send(id, { text });
    const came = await heard();
    expect(came.text).toBe(text);
    // The letter after a forged one does not follow what its writer thinks that she wrote.
    await sara.client.send(id, { text: "and another" });
    await heard();
    return came;
  };
  return { world, sara, dara, id, heard, lie };
}

/** The head of a PNG that tells of so many pixels. */
function png(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  return bytes;
}

const ADDRESS = "https://example.org/page";
const PREVIEW = { address: ADDRESS, title: "A page", description: "What it says of itself", picture: png(320, 200) };
const SHOWN: PreviewView = {
  address: ADDRESS,
  host: "example.org",
  title: "A page",
  description: "What it says of itself",
  picture: { bytes: PREVIEW.picture, mediaType: "image/png", width: 320, height: 200 },
};

describe("previews between two people", () => {
  it("C-101 travels with the letter, and a forward carries it", async () => {
    const { sara, dara, id, heard } = await two();
    const sent = await sara.client.send(id, { text: `See ${ADDRESS}.`, preview: PREVIEW });
    expect(sent.preview).toEqual(SHOWN);
    const came = await heard();
    expect(came.preview).toEqual(SHOWN);
    await dara.client.talk.forward(came.id, id);
    expect(await heard()).toMatchObject({ text: `See ${ADDRESS}.`, preview: SHOWN, forwardedFrom: { name: "Sara" } });
  });

  it("C-106 an edit keeps it while its address stands in the text, and drops it with it; a deletion takes it", async () => {
    const { sara, id, heard } = await two();
    const { id: message } = await sara.client.send(id, { text: ADDRESS, preview: PREVIEW });
    await heard();
    await sara.client.talk.edit(message, { text: `Better: ${ADDRESS}` });
    expect(await heard()).toMatchObject({ text: `Better: ${ADDRESS}`, preview: SHOWN });
    await sara.client.talk.edit(message, { text: "https://example.org/other" });
    const other = await heard();
    expect(other.text).toBe("https://example.org/other");
    expect(other.preview).toBeUndefined();
    await sara.client.talk.edit(message, { text: `Again: ${ADDRESS}` });
    expect((await heard()).preview).toBeUndefined();
    const { id: second } = await sara.client.send(id, { text: ADDRESS, preview: PREVIEW });
    await heard();
    await sara.client.talk.erase(second, "all");
    const gone = await heard();
    expect(gone.deleted?.of).toBe("all");
    expect(gone.preview).toBeUndefined();
  });

  it("C-101 one of an address that the text has not is not shown, however alike they look", async () => {
    const { lie } = await two();
    const other = previewExtension({ ...PREVIEW, address: "https://bank.example/login" });
    const came = await lie("See https://evil.example/login", other);
    expect(came).toMatchObject({ text: "See https://evil.example/login" });
    expect(came.preview).toBeUndefined();
    expect((await lie("no address at all", previewExtension(PREVIEW))).preview).toBeUndefined();
    expect((await lie(`${ADDRESS}/deeper`, previewExtension(PREVIEW))).preview).toBeUndefined();
  });

  it("C-101 the host that is named is that of the address, as it is resolved, and not what stands before an @", async () => {
    const { lie } = await two();
    const cyrillic = "https://\u0430pple.com/";
    const came = await lie(`look ${cyrillic}`, previewExtension({ ...PREVIEW, address: cyrillic, title: "apple.com" }));
    expect(came.preview).toMatchObject({ host: "xn--pple-43d.com", title: "apple.com" });
    const named = "https://bank.example@evil.example/";
    expect((await lie(named, previewExtension({ ...PREVIEW, address: named }))).preview?.host).toBe("evil.example");
  });

  it("C-102 a picture that is none, or tells of too many pixels, is left out, and the rest is shown", async () => {
    const { lie } = await two();
    const without = { address: ADDRESS, host: "example.org", title: "A page", description: "What it says of itself" };
    for (const picture of [png(641, 10), png(10, 60_000), new TextEncoder().encode("<svg onload=alert(1)>")])
      expect((await lie(ADDRESS, previewExtension({ ...PREVIEW, picture }))).preview).toEqual(without);
  });

  it("C-100 a malformed one is as if it were not there, and the letter is shown", async () => {
    const { lie } = await two();
    const came = await lie(`See ${ADDRESS}`, { key: "chapar.preview", value: Uint8Array.of(0x82, 1, 2) });
    expect(came).toMatchObject({ text: `See ${ADDRESS}` });
    expect(came.preview).toBeUndefined();
  });

  it("C-101 nobody can send one of an address that their text has not, or that no reader would show", async () => {
    const { sara, id } = await two();
    const bad = { code: "client/bad-preview" };
    await expect(sara.client.send(id, { text: "nothing", preview: PREVIEW })).rejects.toMatchObject(bad);
    await expect(sara.client.send(id, { text: ADDRESS, preview: { ...PREVIEW, title: "" } })).rejects.toMatchObject(
      bad,
    );
  });

  it("C-106 what may be fetched is nothing until the person says so", async () => {
    const { sara } = await two();
    const { talk } = sara.client;
    expect(await talk.previewing()).toEqual({ mode: "off", also: [] });
    const setting = { mode: "ask", via: "http://127.0.0.1:8118", also: ["10.0.0.0/8"] } as const;
    await talk.setPreviewing(setting);
    expect(await talk.previewing()).toEqual(setting);
  });
});
