/**
 * Mutual TLS: who may listen where, and who a certificate says its owner is. A certificate names its owner in a SAN
 * URI, `spiffe://CLUSTER/ROLE` for any node of a role or `spiffe://CLUSTER/ROLE/NODE` for one.
 */
import { readFileSync } from "node:fs";
import type { PeerCertificate } from "node:tls";
import * as grpc from "@grpc/grpc-js";
import { isNodeId, type NodeId, type Role, roleOf } from "../../core/index.ts";

/** PEM files: this node's certificate and key, and the authority that both sides must be signed by. */
export interface TlsFiles {
  readonly certPath: string;
  readonly keyPath: string;
  readonly caPath: string;
}

export interface Security {
  readonly tls: TlsFiles | undefined;
  /** Listening beyond this machine without TLS was asked for. */
  readonly isInsecureAllowed: boolean;
}

/** A name in a certificate. */
export interface Owner {
  readonly text: string;
  readonly cluster: string;
  readonly role: string;
  /** Undefined: any node of the role. */
  readonly node: string | undefined;
}

type Certificate = Pick<PeerCertificate, "subjectaltname">;

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** The reason why a node may not listen there, or undefined. */
export function listenRefusal(host: string, security: Security): string | undefined {
  if (security.tls !== undefined || security.isInsecureAllowed || isLoopback(host)) return undefined;
  return (
    `listening at ${host} would let anyone who reaches it in: give --tls-cert, --tls-key and --tls-ca ` +
    "(tauring cert makes them for trials), or --insecure, or listen at 127.0.0.1"
  );
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

export function serverCredentials(tls: TlsFiles | undefined): grpc.ServerCredentials {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const { cert, key, ca } = readMaterial(tls);
  return grpc.ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: cert }], true);
}

/**
 * Credentials for calling `peer`: a node, whichever has the role, or (undefined) anybody of the cluster. A peer is known by the node that its certificate
 * names and not by its host, so that addresses may change.
 */
export function clientCredentials(
  tls: TlsFiles | undefined,
  peer: NodeId | Role | undefined,
  clusterId: string | undefined,
): grpc.ChannelCredentials {
  if (tls === undefined) return grpc.credentials.createInsecure();
  const { cert, key, ca } = readMaterial(tls);
  return grpc.credentials.createSsl(ca, key, cert, {
    checkServerIdentity: serverIdentityCheck(peer, clusterId),
  });
}

export function serverIdentityCheck(
  peer: NodeId | Role | undefined,
  clusterId: string | undefined,
): (host: string, certificate: PeerCertificate) => Error | undefined {
  return (_host, certificate) => {
    const reason = certificateRefusal(certificate, peer, clusterId);
    return reason === undefined ? undefined : new Error(reason);
  };
}

/**
 * The reason why a certificate's owner may not speak as `peer` in this cluster, or undefined. `peer` is a node, a role,
 * or anybody of the cluster.
 */
export function certificateRefusal(
  certificate: Certificate | undefined,
  peer: NodeId | Role | undefined,
  clusterId: string | undefined,
): string | undefined {
  const names = certificateNames(certificate);
  if (names.length === 0) return "the certificate has no SAN URI such as spiffe://CLUSTER/ROLE/NODE";
  const isMeant = names.some(
    (name) =>
      (clusterId === undefined || name.cluster === clusterId) &&
      (peer === undefined || speaksFor(name, peer)),
  );
  if (isMeant) return undefined;
  const said = names.map((name) => name.text).join(", ");
  const meant = peer === undefined ? "somebody" : isNodeId(peer) ? peer : `a ${peer}`;
  return `the certificate names ${said}, and not ${meant} of ${clusterId === undefined ? "any cluster" : `cluster ${clusterId}`}`;
}

function speaksFor(name: Owner, peer: NodeId | Role): boolean {
  if (!isNodeId(peer)) return name.role === peer;
  return name.role === roleOf(peer) && (name.node === undefined || name.node === peer);
}

/** Whom a certificate names: a client, a node, or any node of a role. */
export function certificateNames(certificate: Certificate | undefined): readonly Owner[] {
  const names: Owner[] = [];
  for (const entry of (certificate?.subjectaltname ?? "").split(/,\s*/)) {
    const match = /^URI:(spiffe:\/\/([^/]+)\/([^/]+)(?:\/([^/]+))?)$/.exec(entry);
    if (match === null) continue;
    names.push({ text: match[1], cluster: decodeURIComponent(match[2]), role: match[3], node: match[4] });
  }
  return names;
}

export function readMaterial(tls: TlsFiles): TlsMaterial {
  return {
    cert: readPem("--tls-cert", tls.certPath),
    key: readPem("--tls-key", tls.keyPath),
    ca: readPem("--tls-ca", tls.caPath),
  };
}

function readPem(option: string, path: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(`${option} ${path}: ${(error as Error).message}`);
  }
  if (!bytes.includes("-----BEGIN "))
    throw new Error(`${option} ${path} is no PEM file: it has no -----BEGIN line`);
  return bytes;
}
