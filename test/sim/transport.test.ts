import { transportContract } from "../contract/transport.ts";
import { WireWorld } from "./support/wire-world.ts";

transportContract("the simulated wire", () => Promise.resolve(new WireWorld()));
