import { registryContract } from "../contract/registry.ts";
import { SimulatedRegistryWorld } from "./support/registry-world.ts";

registryContract("the simulated registry", () => Promise.resolve(new SimulatedRegistryWorld()));
