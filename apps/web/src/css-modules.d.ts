/*
 * What the bundler makes of files that are not TypeScript.
 */
declare module "*.module.css" {
  const classes: Readonly<Record<string, string>>;
  // oxlint-disable-next-line import/no-default-export -- the bundler's form of a CSS module
  export default classes;
}
declare module "*.css" {}
declare module "*.woff2?url" {
  const url: string;
  // oxlint-disable-next-line import/no-default-export -- the bundler's form of an asset
  export default url;
}
declare module "virtual:mls-worker" {
  /** of the script of `@chapar/client/mls-worker` */
  export const address: string;
}
