/* A certificate authority of the lab and one certificate for all of its names. Clients inside trust it, nobody else can. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { NAMES } from "../addresses.ts";
import { runTool } from "./tools.ts";

/** Where the files are. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes both, fresh for each network. Cost: some hundred ms of openssl. */
export function makeCertificates(scratch: string): Certificates {
  const path = (name: string): string => join(scratch, name);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const authority = ["-keyout", path("ca.key"), "-out", path("ca.pem"), "-days", "2", "-subj", "/CN=Chapar lab"];
  runTool("openssl", ["req", "-x509", ...curve, ...authority]);
  const request = ["-keyout", path("site.key"), "-out", path("site.csr"), "-subj", "/CN=ordinary.example"];
  runTool("openssl", ["req", ...curve, ...request]);
  const names = Object.keys(NAMES).map((name) => `DNS:${name}`);
  writeFileSync(path("site.ext"), `subjectAltName=${names.join(",")}\n`);
  const sign = [
    "x509",
    "-req",
    "-in",
    path("site.csr"),
    "-CA",
    path("ca.pem"),
    "-CAkey",
    path("ca.key"),
    "-CAcreateserial",
  ];
  runTool("openssl", [...sign, "-days", "2", "-extfile", path("site.ext"), "-out", path("site.leaf.pem")]);
  const chain =
    runTool("openssl", ["x509", "-in", path("site.leaf.pem")]) + runTool("openssl", ["x509", "-in", path("ca.pem")]);
  writeFileSync(path("site.pem"), chain);
  return { authority: path("ca.pem"), certificate: path("site.pem"), key: path("site.key") };
}
