/* The ports that evidence is checked with in tests, over node:crypto. */
import { testSha256, testVerifier } from "@chapar/log/testing";
import { createEvidencePorts, type EvidencePorts } from "../ports.ts";

/** Real primitives. */
export const testEvidencePorts: EvidencePorts = createEvidencePorts(testSha256, testVerifier);
