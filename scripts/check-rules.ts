/*
 * Rules of protocol/*.md against tests: a rule is defined where its id stands in bold (**W-3**); a test holds it when a
 * test's name begins with the id (several ids may stand before the sentence: "W-10 W-11 refuses …"). Faults: a rule without
 * a test, a test of a rule that no page defines, an id defined twice.
 */
import { projectFiles, readProjectFile, report } from "./sources.ts";

const RULE = /\*\*([A-Z]-\d+)\*\*/g;
const TEST_NAME = /\b(?:it|test|describe)(?:\.each\([^)]*\)|\.for\([^)]*\))?\(\s*[`"']((?:[A-Z]-\d+[ ,:]+)+)/g;

const faults: string[] = [];
const defined = new Map<string, string>();
for (const page of projectFiles(/^protocol\/.*\.md$/)) {
  for (const [, id] of readProjectFile(page).matchAll(RULE)) {
    if (id === undefined) continue;
    const earlier = defined.get(id);
    if (earlier !== undefined && earlier !== page) faults.push(`${id} is defined in ${earlier} and in ${page}`);
    defined.set(id, page);
  }
}

const tested = new Set<string>();
for (const path of projectFiles(/\.tsx?$/)) {
  if (!/\.test\.tsx?$|\/testing\//.test(path)) continue;
  for (const [, ids] of readProjectFile(path).matchAll(TEST_NAME)) {
    for (const id of (ids ?? "").split(/[ ,:]+/).filter((word) => word !== "")) {
      tested.add(id);
      if (!defined.has(id)) faults.push(`${path} tests ${id}, which no page of protocol/ defines`);
    }
  }
}
for (const [id, page] of defined)
  if (!tested.has(id)) faults.push(`${id} (${page}) has no test whose name begins with it`);

report(`rules (${tested.size} of ${defined.size} held by tests)`, faults);
