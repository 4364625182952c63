/** `tauring top ADDRESS` on a terminal of 120x40 that throws away what it gets: a process of the bench `attach`. */
import { EventEmitter } from "node:events";

process.env.NODE_ENV = "production";
const { liveSource } = await import("#tauring/cli/live-source.js");
const { glyphsFor, runScreen } = await import("#tauring/tui/index.js");

const terminal = { isTTY: true, columns: 120, rows: 40, write: (): boolean => true };
await runScreen({
  source: await liveSource([process.argv[2]], {}),
  input: Object.assign(new EventEmitter(), { isTTY: false }) as unknown as NodeJS.ReadStream,
  output: Object.assign(new EventEmitter(), terminal) as unknown as NodeJS.WriteStream,
  glyphs: glyphsFor(false, { LANG: "C.UTF-8" }),
  hasColour: true,
});
