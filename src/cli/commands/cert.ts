/** `tauring cert FOLDER`: an authority and certificates for trials. */
import { roles } from "../../core/index.ts";
import { makeAuthority, makeCertificate } from "../../net/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print } from "../output.ts";

export interface CertOptions {
  readonly cluster: string;
  readonly host: readonly string[];
}

export async function makeCertificates(folder: string, options: CertOptions): Promise<number> {
  const authority = { folder, clusterId: options.cluster };
  try {
    await makeAuthority(authority);
    for (const name of [...roles, "client"]) {
      const { certPath, keyPath } = await makeCertificate(authority, name, options.host);
      print(`${name.padEnd(10)} --tls-cert ${certPath} --tls-key ${keyPath} --tls-ca ${folder}/ca.pem`);
    }
  } catch (error) {
    throw new CommandError(exitCodes.usage, error instanceof Error ? error.message : String(error));
  }
  print(`${folder}/ca-key.pem signs for the whole cluster: keep it elsewhere`);
  return exitCodes.success;
}
