/** Certificates for trials: an authority of one's own, and a certificate for each node. openssl does the work. */
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { roles } from "../../core/index.ts";
import { makeFolder } from "../folders.ts";
import type { TlsFiles } from "./credentials.ts";

export interface Authority {
  readonly folder: string;
  readonly clusterId: string;
}

const authorityDays = 365;
const certificateDays = 30;
const curve: readonly string[] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes `ca.pem` and `ca-key.pem` in the authority's folder. */
export async function makeAuthority(authority: Authority): Promise<void> {
  const { folder, clusterId } = authority;
  makeFolder(folder, 0o700);
  const kind = ["req", "-x509", ...curve, "-sha256", "-days", String(authorityDays)];
  const subject = ["-subj", `/CN=${subjectText(clusterId)} authority`];
  const files = ["-keyout", path.join(folder, "ca-key.pem"), "-out", path.join(folder, "ca.pem")];
  await openssl([...kind, ...subject, ...files]);
}

/** `client`: submits jobs. `admin`: changes who is in the cluster. */
const people: readonly string[] = ["client", "admin"];

/**
 * Makes `NAME.pem` and `NAME-key.pem` for a node (`server-0`), any node of a role (`server`), or a person (`client`, `admin`),
 * reachable at these hosts.
 */
export async function makeCertificate(
  authority: Authority,
  name: string,
  hosts: readonly string[],
): Promise<TlsFiles> {
  const { folder, clusterId } = authority;
  const certPath = path.join(folder, `${name}.pem`);
  const keyPath = path.join(folder, `${name}-key.pem`);
  const requestPath = path.join(folder, `${name}.csr`);
  const extensionsPath = path.join(folder, `${name}.ext`);
  const names = [`URI:${spiffeUri(clusterId, name)}`, ...hosts.map(hostEntry)];
  await writeFile(
    extensionsPath,
    `subjectAltName=${names.join(",")}\nextendedKeyUsage=serverAuth,clientAuth\n`,
  );
  try {
    await openssl(["req", "-new", ...curve, "-subj", `/CN=${name}`, "-keyout", keyPath, "-out", requestPath]);
    const kind = ["x509", "-req", "-sha256", "-days", String(certificateDays)];
    const signer = ["-CA", path.join(folder, "ca.pem"), "-CAkey", path.join(folder, "ca-key.pem")];
    const files = ["-in", requestPath, "-out", certPath, "-extfile", extensionsPath];
    await openssl([...kind, ...signer, "-CAcreateserial", ...files]);
  } finally {
    await Promise.all([rm(requestPath, { force: true }), rm(extensionsPath, { force: true })]);
  }
  return { certPath, keyPath, caPath: path.join(folder, "ca.pem") };
}

function spiffeUri(clusterId: string, name: string): string {
  const cluster = encodeURIComponent(clusterId);
  const role = name.replace(/-\d+$/, "");
  if (!people.includes(role) && !roles.some((known) => known === role)) {
    const known = `a role (${roles.join(", ")}), a node such as server-0, nor one of ${people.join(", ")}`;
    throw new Error(`"${name}" is neither ${known}`);
  }
  return role === name ? `spiffe://${cluster}/${role}` : `spiffe://${cluster}/${role}/${name}`;
}

function hostEntry(host: string): string {
  if (!/^[A-Za-z0-9.:_-]+$/.test(host)) throw new Error(`"${host}" is neither a host's name nor an address`);
  return /^[0-9.]+$/.test(host) || host.includes(":") ? `IP:${host}` : `DNS:${host}`;
}

/** openssl reads slashes in a subject as separators. */
function subjectText(text: string): string {
  return text.replace(/[^A-Za-z0-9 ._-]/g, "_");
}

function openssl(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile("openssl", [...args], (error, _stdout, stderr) => {
      if (error === null) resolve();
      else if (error.code === "ENOENT") {
        reject(new Error("openssl is not on the PATH: install it, or bring certificates of your own"));
      } else reject(new Error(`openssl ${args[0]} failed: ${stderr.trim().split("\n").at(-1) ?? ""}`));
    });
  });
}
