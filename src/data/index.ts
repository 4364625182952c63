/** Bytes to examples, and models to files. */
export { type Written, writeAtomically } from "./atomic-file.ts";
export { DataError, fileError } from "./data-error.ts";
export { type Evaluation, evaluate, objective } from "./evaluate.ts";
export { type LoadedShare, hasFeature, loadShare, loadShareSync, parseExamples } from "./load-share.ts";
export { modelText, saveModel } from "./model-file.ts";
export { type LoadedModel, loadModel, parseModel } from "./model-reader.ts";
export { checkDataSource, type DataFormat, type DataLimits, type DataSource } from "./source.ts";
export { syntheticChunks, type SyntheticOptions } from "./synthetic.ts";
