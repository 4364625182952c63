/** How long a node's process waits for others before it goes (docs/options.md). */
export interface ProcessLimits {
  /** Others still read the last records, and somebody fetches the outcome. */
  readonly lingerMs: number;
  /** A manager of several stays so long though nobody reads from it: who followed by one that died comes here for the end. */
  readonly lateFollowersMs: number;
  /** A node that is told to stop, and has nothing to hand over, is cut off after so long. */
  readonly stopGraceMs: number;
}

export const defaultProcessLimits: ProcessLimits = {
  lingerMs: 10_000,
  lateFollowersMs: 5_000,
  stopGraceMs: 3_000,
};
