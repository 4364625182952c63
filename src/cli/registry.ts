/** Where the registry is: in the manager, in a folder of the manager's, or in etcd. */
import {
  checkEtcd,
  defaultEtcdLimits,
  etcdKeyPrefix,
  type EtcdOptions,
  isLoopback,
  removeRecords,
} from "../net/index.ts";
import { splitAddress } from "./address.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { say } from "./output.ts";
import { checkAuthority, checkPair } from "./tls.ts";

export interface RegistryOptions {
  readonly registry?: string;
  readonly registryUser?: string;
  readonly registryCa?: string;
  readonly registryCert?: string;
  readonly registryKey?: string;
  readonly registryInsecure?: boolean;
}

/** No option: whoever lists the processes of a machine would read it. */
export const registryPasswordName = "TAURING_REGISTRY_PASSWORD";

const scheme = "etcd://";

export function isEtcd({ registry }: RegistryOptions): boolean {
  return registry?.startsWith(scheme) === true;
}

/** What etcd is asked with; undefined: the registry is not in etcd. */
export function etcdOptions(options: RegistryOptions, clusterId: string): EtcdOptions | undefined {
  const { registry } = options;
  if (registry === undefined || !isEtcd(options)) {
    refuseLonelyOptions(options);
    return undefined;
  }
  const members = registry.slice(scheme.length).replace(/\/$/, "").split(",");
  const tls = etcdTls(options);
  for (const member of members) {
    const { host } = splitAddress(member, "--registry");
    if (tls !== undefined || options.registryInsecure === true || isLoopback(host)) continue;
    throw usage(
      `--registry: anyone on the way to etcd at ${member} could read and change the records: give --registry-ca, ` +
        "or --registry-insecure",
    );
  }
  return {
    members,
    keyPrefix: etcdKeyPrefix(clusterId),
    tls,
    user: etcdUser(options),
    limits: defaultEtcdLimits,
  };
}

/** For commands whose manager has no folder. */
export function refuseFolder(options: RegistryOptions): void {
  const { registry } = options;
  if (registry === undefined || isEtcd(options)) return;
  throw usage(
    `--registry: found "${registry}"; expected etcd://host:port, or several: etcd://host:port,host:port`,
  );
}

/** Before any process is started: what a person mistyped, or forgot to start, is not waited for. */
export async function demandEtcd(etcd: EtcdOptions | undefined): Promise<void> {
  const refusal = etcd && (await checkEtcd(etcd));
  if (refusal === undefined) return;
  const code = refusal.isRefused ? exitCodes.refused : exitCodes.unreachable;
  throw new CommandError(code, `--registry: ${refusal.reason}`);
}

/** A local cluster has an id that no other will have: nobody needs what it leaves in etcd. */
export async function forgetRegistry(etcd: EtcdOptions | undefined): Promise<void> {
  if (etcd === undefined) return;
  const reason = await removeRecords(etcd);
  if (reason === undefined) return;
  say(
    `tauring: records may be left in the registry; etcdctl del --prefix ${etcd.keyPrefix} removes them: ${reason}`,
  );
}

/** The same registry, said to a node that is started. */
export function registryArguments(options: RegistryOptions): readonly string[] {
  const { registry, registryUser, registryCa, registryCert, registryKey, registryInsecure } = options;
  const named = {
    "--registry-user": registryUser,
    "--registry-ca": registryCa,
    "--registry-cert": registryCert,
  };
  const pairs = Object.entries({ "--registry": registry, ...named, "--registry-key": registryKey });
  const args = pairs.flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return registryInsecure === true ? [...args, "--registry-insecure"] : args;
}

function etcdUser({ registryUser }: RegistryOptions): EtcdOptions["user"] {
  if (registryUser === undefined) return undefined;
  const password = process.env[registryPasswordName] ?? "";
  if (password !== "") return { name: registryUser, password };
  throw usage(`--registry-user: the password of ${registryUser} is expected in ${registryPasswordName}`);
}

function etcdTls({ registryCa, registryCert, registryKey }: RegistryOptions): EtcdOptions["tls"] {
  if ((registryCert === undefined) !== (registryKey === undefined)) {
    throw usage("--registry-cert and --registry-key are needed together");
  }
  if (registryCa === undefined) {
    if (registryCert === undefined) return undefined;
    throw usage(
      "--registry-cert: give --registry-ca too, the authority that signed the certificates of etcd",
    );
  }
  checkAuthority({ option: "--registry-ca", path: registryCa });
  if (registryCert !== undefined && registryKey !== undefined) {
    const cert = { option: "--registry-cert", path: registryCert };
    checkPair(cert, { option: "--registry-key", path: registryKey });
  }
  return { caPath: registryCa, certPath: registryCert, keyPath: registryKey };
}

function refuseLonelyOptions(options: RegistryOptions): void {
  if (options.registry !== undefined && /^[a-z0-9+]+:\/\//i.test(options.registry)) {
    throw usage(`--registry: found "${options.registry}"; expected a folder, or etcd://host:port`);
  }
  const names = ["registryUser", "registryCa", "registryCert", "registryKey", "registryInsecure"] as const;
  const lonely = names.find((name) => options[name] !== undefined);
  if (lonely === undefined) return;
  const flag = lonely.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw usage(`--${flag} is for --registry etcd://host:port`);
}

function usage(text: string): CommandError {
  return new CommandError(exitCodes.usage, text);
}
