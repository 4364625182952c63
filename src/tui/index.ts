/** The only door to tui. */
export { runScreen, type RunScreenOptions } from "./app/run-screen.ts";
export { type SnapshotOptions, snapshot } from "./app/snapshot.ts";
export { story } from "./app/story.ts";
export { glyphsFor } from "./text/glyphs.ts";
export { hasColours } from "./text/paint.ts";
