/** Everything random is drawn from another seed from now on, by the same names. */
import type { Home } from "./home.ts";
import type { Network } from "./network.ts";
import { Random } from "./random.ts";
import type { SimulatedRegistry } from "./registry.ts";

export interface Drawing {
  readonly network: Network;
  readonly registry: SimulatedRegistry;
  readonly homes: readonly Home[];
}

export function reseed(seed: string, { network, registry, homes }: Drawing): void {
  const random = new Random(seed);
  network.reseed(random.fork("network"));
  registry.reseed(random.fork("registry"));
  for (const { computer, id } of homes) computer.reseed(random.fork(`node:${id}`));
}
