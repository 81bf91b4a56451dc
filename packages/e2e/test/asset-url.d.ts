/** Vite: a file's URL, as the browser project's server hands it out. */
declare module "*?url" {
  const url: string;
  export default url;
}
