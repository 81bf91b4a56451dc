/* The development server only; builds go through scripts/build.ts. */
import { defineConfig } from "vite";
import { webConfig } from "./scripts/web-config.ts";

export default defineConfig(webConfig({ outDir: "dist", development: true }));
