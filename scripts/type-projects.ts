/* Every tsconfig of the workspace, so that none is forgotten when a package gains a platform folder. */
import { projectFiles } from "./sources.ts";

/** Paths of all tsconfig files that name something to compile. */
export const typeProjects = (): string[] => projectFiles(/^(packages|apps|lab|bench|scripts)\b.*tsconfig[^/]*\.json$/);
