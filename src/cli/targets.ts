/** What a screen is asked to show: a live cluster by its addresses, or files. */
import { existsSync } from "node:fs";
import { CommandError, exitCodes } from "./exit.ts";
import { defaultAddress } from "./reach-options.ts";

const addressPattern = /^(\[[0-9a-fA-F:]+\]|[^:\s/]+):[0-9]{1,5}$/;

/** Nodes of a live cluster; undefined: they are files. */
export function addressesOfTargets(targets: readonly string[]): readonly string[] | undefined {
  if (targets.length === 0) return [defaultAddress];
  const addresses = targets.flatMap((target) => target.split(","));
  const isAddress = addresses.map((text) => addressPattern.test(text) && !existsSync(text));
  if (isAddress.every(Boolean)) return addresses;
  if (!isAddress.some(Boolean)) return undefined;
  const address = addresses[isAddress.indexOf(true)];
  throw new CommandError(
    exitCodes.usage,
    `${address} is a live cluster, and the others are files: give one kind`,
  );
}
