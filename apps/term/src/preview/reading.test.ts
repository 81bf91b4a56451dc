import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPage, textOf } from "./reading.ts";

const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe("what a page says of itself", () => {
  it("C-104 prefers what it says for previews, and takes its title and description else", () => {
    const page = `<html><head><title>Plain &amp; <b>simple</b></title><meta name=description content='Of "it"'>
      <meta property="og:image" content="/p.png"></head>`;
    expect(readPage(page)).toEqual({ title: "Plain & <b>simple</b>", description: 'Of "it"', picture: "/p.png" });
    const told = `${page}<meta property="og:title" content="Told"><meta property="og:title" content="Second">`;
    expect(readPage(told).title).toBe("Told");
  });

  it("C-104 is not led astray by comments, scripts, broken tags and entities", () => {
    const page = `<!-- <title>no</title> --><script>"<meta property='og:title' content='no'>"</script>
      <svg><title></title></svg><meta property=og:title content="&lt;script&gt;alert(1)&lt;/script&gt;"><title>x`;
    expect(readPage(page).title).toBe("<script>alert(1)</script>");
    expect(readPage("<title><title>").title).toBe("<title>");
    expect(readPage("<meta property=og:title content=''><title>t</title>").title).toBe("t");
  });

  it("C-104 reads whatever is made of pieces of pages without throwing", () => {
    const piece = fc.constantFrom(
      "<",
      ">",
      "/",
      "=",
      '"',
      "'",
      "&",
      ";",
      "!",
      " ",
      "-",
      "title",
      "meta",
      "property",
      "og:title",
      "content",
      "<!--",
      "]]>",
      "\0",
      "&#x110000;",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(typeof readPage(pieces.join("")).title).toBe("string");
      }),
    );
  });

  it("C-104 reads the head of a page, and no further than two thousand elements into one that has no end", () => {
    const told = "<meta property=og:title content=told>";
    expect(readPage(`<head>${told}</head>`).title).toBe("told");
    expect(readPage(`<body>${told}`).title).toBe("");
    expect(readPage(`${"<div>".repeat(1_999)}${told}`).title).toBe("told");
    expect(readPage(`${"<div>".repeat(100_000)}${told}`).title).toBe("");
  });

  it("C-104 reads its letters as the server, the page or a byte order mark says, and as UTF-8 else", () => {
    const page = latin("<meta charset=windows-1251><title>\xcc\xee\xf1\xea\xe2\xe0</title>");
    expect(readPage(textOf({ bytes: page, contentType: "text/html" })).title).toBe("Москва");
    expect(textOf({ bytes: latin("\xe9"), contentType: "text/html; charset=ISO-8859-1" })).toBe("é");
    expect(textOf({ bytes: latin("\xff\xfea\x00"), contentType: "text/html; charset=utf-8" })).toBe("a");
    expect(textOf({ bytes: new TextEncoder().encode("سلام"), contentType: "text/html; charset=no-such" })).toBe("سلام");
    expect(textOf({ bytes: Uint8Array.of(0xff), contentType: "" })).toBe("\ufffd");
  });
});
