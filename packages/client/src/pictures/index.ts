/* Door `@chapar/client/pictures`: what both apps know of a picture's bytes, and take out of it before it leaves; no engine comes along. */
export { cleanPicture } from "./clean.ts";
export { MAX_PORTRAIT_BYTES } from "./portrait.ts";
export { pictureIn, sniff, SNIFFED_BYTES, type PictureHeader, type Sniffed } from "./sniff.ts";
export { stripGif } from "./strip-gif.ts";
export { stripMetadata } from "./strip.ts";
