#!/usr/bin/env node
// React's development build keeps a mark for every component that it ever drew; what it is, it decides as it is loaded.
process.env.NODE_ENV ??= "production";
const built = new URL("../dist/cli/main.js", import.meta.url);
const { existsSync } = await import("node:fs");
if (!existsSync(built)) {
  process.stderr.write(
    "tauring: not built yet: run `npm run build` (npm start and npm test do it themselves)\n",
  );
  process.exit(2);
}
const { main } = await import(built.href);
process.exitCode = await main(process.argv.slice(2));
