/** What tests of whole runs share with `tauring sim swarm`. */
export { type DrawnRun, foundFolder, runDrawn, runInput } from "../../src/cli/swarm/drawn-run.ts";
export { smallJobFile } from "../../src/sim/swarm/index.ts";
