/**
 * A bug that the swarm must find, or its passing means nothing: a master does not wait for the server that it has said to
 * be filled. One run in fifteen meets it. It is put into one process as that loads the core, and is nowhere in the
 * product's own files.
 */
import type { PlantedEdit } from "./plant-hooks.ts";

export const canary = {
  name: "filled-not-counted",
  edits: [
    {
      file: "core/server/chain/acknowledgements.js",
      find: "if (i < fullCount || has !== undefined)",
      replace: "if (i < fullCount)",
    },
  ] satisfies readonly PlantedEdit[],
  /** Pinned, whatever the swarm's own seeds are. */
  seedFirst: 1,
  /** At least five times what it takes. */
  runsMax: 100,
  caughtBy: ["R3", "R5", "R7", "O6", "X2"] as readonly string[],
};
