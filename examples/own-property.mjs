/**
 * A property of your own over whole failure scenarios: fast-check draws them from the schema, and what breaks the property is
 * made as small as it gets by the shrinker that the random search uses. `npm run build && node examples/own-property.mjs`
 */
import fc from "fast-check";
import { runInput } from "#tauring/cli/swarm/drawn-run.js";
import { shrinkWith } from "#tauring/sim/index.js";
import { survivableArbitrary } from "#tauring/sim/swarm/index.js";
import { stringify } from "yaml";

/** Whatever befalls the cluster, so long as it can be survived, a run is over in two virtual seconds. It does not hold. */
const holds = (scenario) => runInput(scenario).report.virtualSeconds < 2;

const { counterexample, seed } = fc.check(fc.property(survivableArbitrary(), holds), {
  endOnFailure: true,
  numRuns: 200,
  seed: 1,
});
if (counterexample === null) {
  console.log(`holds in 200 runs of seed ${seed}`);
} else {
  const { scenario, candidates } = await shrinkWith(counterexample[0], (one) => !holds(one));
  console.log(`# broken with seed ${seed}; as small as ${candidates} runs could make it:`);
  console.log(stringify(scenario));
}
