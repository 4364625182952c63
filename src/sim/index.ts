/** The only door to the simulator. */
export * from "./scenario/document.ts";
export { didYouMean } from "./scenario/nearest-word.ts";
export * from "./scenario/limits.ts";
export * from "./scenario/plan.ts";
export * from "./scenario/reference.ts";
export * from "./scenario/run.ts";
export * from "./scenario/scenario.ts";
export * from "./scenario/units.ts";
export * from "./shrink/failure-class.ts";
export * from "./shrink/shrink.ts";
export * from "./world/event-queue.ts";
export * from "./world/fault.ts";
export * from "./world/random.ts";
export * from "./world/simulation.ts";
export * from "./world/simulation-plan.ts";
export type { Step } from "./world/witness.ts";
