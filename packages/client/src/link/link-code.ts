/* What dials stations and speaks frames with them: in a browser brought when a first link is wanted (deferred-home.ts). */
export { DirectLinks } from "../trust/direct-links.ts";
export { HomeLink } from "./home-link.ts";
