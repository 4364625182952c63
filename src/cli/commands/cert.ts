/** `tauring cert FOLDER`: an authority and certificates for trials. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { roles } from "../../core/index.ts";
import { makeAuthority, makeCertificate } from "../../net/index.ts";
import { CommandError, exitCodes, messageOf } from "../exit.ts";
import { print } from "../output.ts";

export interface CertOptions {
  readonly cluster: string;
  readonly host: readonly string[];
  readonly force?: boolean;
}

const names = [...roles, "client", "admin"];

export async function makeCertificates(folder: string, options: CertOptions): Promise<number> {
  const authority = { folder, clusterId: options.cluster };
  if (options.force !== true) refuseUsed(folder);
  try {
    await makeAuthority(authority);
    for (const name of names) {
      const { certPath, keyPath } = await makeCertificate(authority, name, options.host);
      print(`${name.padEnd(10)} --tls-cert ${certPath} --tls-key ${keyPath} --tls-ca ${folder}/ca.pem`);
    }
  } catch (error) {
    throw new CommandError(exitCodes.usage, messageOf(error));
  }
  print(`${folder}/ca-key.pem signs for the whole cluster: keep it elsewhere`);
  return exitCodes.success;
}

/** A new authority refuses every node that has a certificate by the old one. */
function refuseUsed(folder: string): void {
  const files = ["ca", ...names].flatMap((name) => [`${name}.pem`, `${name}-key.pem`]);
  const found = files.find((file) => existsSync(join(folder, file)));
  if (found === undefined) return;
  throw new CommandError(
    exitCodes.usage,
    `${folder} holds ${found} already: give another folder, or --force to replace the authority and every key in this one`,
  );
}
