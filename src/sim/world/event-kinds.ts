/** The number of each kind of event in the trace hash. */
export const kinds = {
  started: 1,
  received: 2,
  connected: 3,
  timer: 4,
  computed: 5,
  share: 6,
  "registry-answered": 7,
  "registry-changed": 8,
  digest: 9,
  stop: 10,
  checkpoint: 11,
  refused: 12,
  operator: 13,
};
