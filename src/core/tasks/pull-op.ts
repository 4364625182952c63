/**
 * Pulls of one task are numbered apart in each epoch: a newcomer pulls what its predecessor did not, and an answer that still
 * waits somewhere for the predecessor is not one to that.
 */
const pullsApart = 2 ** 16;
const epochsApart = 2 ** 15;

/** A task pulls at most so often. */
export const pullsPerTaskMax: number = pullsApart;

/** The op of the first pull of a task that is done under this epoch. */
export function firstPullOp(epoch: number): number {
  return ((epoch - 1) % epochsApart) * pullsApart;
}

/** Which of its task's pulls an op is, the same in every epoch: what is drawn for it does not depend on who asks. */
export function nthPull(op: number): number {
  return op % pullsApart;
}
