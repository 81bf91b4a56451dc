/*
 * A certificate authority of the lab, one below it, and one certificate for all of its names. Clients inside trust them, nobody
 * else can. RSA, an intermediate and a long list of names on purpose: a chain is some 4 kB as on real sites, and rules that
 * measure a server's first flight (R4) would see a toy otherwise.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NAMES } from "../addresses.ts";
import { runTool } from "./tools.ts";

/** Where the files are. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Names beside the real ones, as the certificates of content networks have them. */
const NEIGHBOURS = 60;

/** Makes them all, fresh for each network. Cost: under a second of openssl. */
export function makeCertificates(scratch: string): Certificates {
  const path = (name: string): string => join(scratch, name);
  const newKey = (name: string, subject: string): string[] => {
    const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", path(`${name}.key`)];
    return ["req", ...key, "-subj", `/C=DE/O=Chapar lab/CN=${subject}`];
  };
  const sign = (name: string, issuer: string, extensions: string): void => {
    writeFileSync(path(`${name}.ext`), extensions);
    const by = ["-CA", path(`${issuer}.pem`), "-CAkey", path(`${issuer}.key`), "-CAcreateserial", "-days", "2"];
    const files = ["-in", path(`${name}.csr`), "-extfile", path(`${name}.ext`), "-out", path(`${name}.pem`)];
    runTool("openssl", ["x509", "-req", ...by, ...files]);
  };
  runTool("openssl", [...newKey("root", "Lab root"), "-x509", "-days", "2", "-out", path("root.pem")]);
  runTool("openssl", [...newKey("middle", "Lab issuer"), "-out", path("middle.csr")]);
  sign("middle", "root", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n");
  runTool("openssl", [...newKey("site", "ordinary.example"), "-out", path("site.csr")]);
  const neighbours = Array.from({ length: NEIGHBOURS }, (_, i) => `edge-${i + 10}.ordinary.example`);
  const names = [...Object.keys(NAMES), ...neighbours].map((name) => `DNS:${name}`);
  sign("site", "middle", `subjectAltName=${names.join(",")}\n`);
  const chain = ["site", "middle", "root"].map((name) => readFileSync(path(`${name}.pem`), "utf8"));
  writeFileSync(path("chain.pem"), chain.join(""));
  return { authority: path("root.pem"), certificate: path("chain.pem"), key: path("site.key") };
}
