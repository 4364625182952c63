/** The only door to observe. */
export * from "./checkers/checker.ts";
export * from "./checkers/index.ts";
export * from "./fact.ts";
export * from "./trace/trace-file.ts";
export * from "./trace/merge-traces.ts";
export * from "./model-hash.ts";
export * from "./source/source.ts";
export * from "./view/cluster-view.ts";
