/** Where shrinking ends that nobody has given a limit: several times what most failures take (docs/performance.md). */
export const defaultCandidatesMax = 2000;
