/** The only door to observe. */
export * from "./checkers/checker.ts";
export * from "./checkers/index.ts";
export * from "./describe-fact.ts";
export * from "./fact.ts";
export * from "./trace/trace-file.ts";
export * from "./trace/merge-traces.ts";
export * from "./model-hash.ts";
export * from "./source/source.ts";
export * from "./view/cluster-view.ts";
export * from "./trace/causes.ts";
export * from "./trace/diagram.ts";
export * from "./trace/export-trace.ts";
export * from "./trace/seek-trace.ts";
export * from "./trace/select-facts.ts";
export * from "./trace/trace-diff.ts";
export * from "./trace/trace-stats.ts";
export * from "./trace/fact-types.ts";
