/* Door `@chapar/client/pictures`: what both apps take out of a picture before it leaves; no engine comes along. */
export { cleanPicture } from "./clean.ts";
export { stripGif } from "./strip-gif.ts";
export { stripMetadata } from "./strip.ts";
