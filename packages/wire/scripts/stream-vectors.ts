/* The cases of vectors/wire/stream.json. */
import { bad, good, hex, join, type VectorCase } from "./vector-case.ts";

/** Streams of frames; `out` lists the frames that lie in them, without lengths. */
export function streamVectors(): readonly VectorCase[] {
  return [
    good("nothing", "no bytes", join(), { frames: [], rest: 0 }),
    good("two frames", "one after the other", join("00000002 0301 00000002 8301"), {
      frames: [hex("0301"), hex("8301")],
      rest: 0,
    }),
    good("unfinished", "a frame and a part of another", join("00000002 0301 00000004 0102"), {
      frames: [hex("0301")],
      rest: 6,
    }),
    good("unfinished length", "three bytes of a length", join("000000"), { frames: [], rest: 3 }),
    good("empty frame", "a length of 0; the frame itself does not decode", join("00000000"), {
      frames: [hex("")],
      rest: 0,
    }),
    bad("above the limit", "1048577 bytes are announced", "wire/too-large", "00100001"),
    bad("all ones", "4294967295 bytes are announced, after a good frame", "wire/too-large", "00000002 0301 ffffffff"),
  ];
}
