/** `host:port`, with IPv6 hosts in brackets. */
import { CommandError, exitCodes } from "./exit.ts";

export function splitAddress(text: string, option: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new CommandError(
      exitCodes.usage,
      `${option}: found "${text}"; expected host:port, such as 127.0.0.1:7070`,
    );
  }
  return { host: match[1] ?? match[2], port };
}
