/** The three files of mutual TLS: all of them, or none. */
import { accessSync, constants } from "node:fs";
import type { TlsFiles } from "../net/index.ts";
import { CommandError, exitCodes } from "./exit.ts";

export interface TlsOptions {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

export function tlsFiles({ tlsCert, tlsKey, tlsCa }: TlsOptions): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined || tlsCa === undefined) {
    throw new CommandError(
      exitCodes.usage,
      "--tls-cert, --tls-key and --tls-ca are needed together (tauring cert makes them)",
    );
  }
  for (const path of [tlsCert, tlsKey, tlsCa]) {
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      throw new CommandError(exitCodes.usage, error instanceof Error ? error.message : String(error));
    }
  }
  return { certPath: tlsCert, keyPath: tlsKey, caPath: tlsCa };
}
