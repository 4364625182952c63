/** The three files of mutual TLS: all of them, or none; and what is wrong with one, before anything is started. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { fileError } from "../data/index.ts";
import type { TlsFiles } from "../net/index.ts";
import { CommandError, exitCodes, messageOf } from "./exit.ts";

export interface TlsOptions {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

/** A file, and the option that names it. */
interface PemFile {
  readonly option: string;
  readonly path: string;
}

export function tlsFiles({ tlsCert, tlsKey, tlsCa }: TlsOptions): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined || tlsCa === undefined) {
    throw new CommandError(
      exitCodes.usage,
      "--tls-cert, --tls-key and --tls-ca are needed together (tauring cert makes them)",
    );
  }
  checkAuthority({ option: "--tls-ca", path: tlsCa });
  checkPair({ option: "--tls-cert", path: tlsCert }, { option: "--tls-key", path: tlsKey });
  return { certPath: tlsCert, keyPath: tlsKey, caPath: tlsCa };
}

export function checkAuthority(file: PemFile): void {
  const bytes = read(file);
  certificateIn(file, bytes);
  usable(file, () => createSecureContext({ ca: bytes }));
}

/** A certificate and the key that it was made for. */
export function checkPair(cert: PemFile, key: PemFile): void {
  const [certBytes, keyBytes] = [read(cert), read(key)];
  const certificate = certificateIn(cert, certBytes);
  const secret = keyIn(key, keyBytes);
  if (!certificate.checkPrivateKey(secret)) {
    throw wrong(key, `this key does not belong to the certificate ${cert.option} ${cert.path}`);
  }
  usable(cert, () => createSecureContext({ cert: certBytes, key: keyBytes }));
}

function read(file: PemFile): Buffer {
  try {
    return readFileSync(file.path);
  } catch (error) {
    throw new CommandError(exitCodes.usage, `${file.option} ${fileError(file.path, error).message}`);
  }
}

function certificateIn(file: PemFile, bytes: Buffer): X509Certificate {
  if (!bytes.includes("-----BEGIN CERTIFICATE-----")) {
    throw wrong(file, "no certificate: a PEM file with -----BEGIN CERTIFICATE----- was expected");
  }
  return usable(file, () => new X509Certificate(bytes));
}

function keyIn(file: PemFile, bytes: Buffer): KeyObject {
  if (!/-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/.test(bytes.toString("latin1"))) {
    throw wrong(file, "no private key: a PEM file with -----BEGIN PRIVATE KEY----- was expected");
  }
  return usable(file, () => createPrivateKey(bytes));
}

function usable<T>(file: PemFile, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw wrong(file, `cannot be used: ${messageOf(error)}`);
  }
}

function wrong({ option, path }: PemFile, what: string): CommandError {
  return new CommandError(exitCodes.usage, `${option} ${path}: ${what}`);
}
