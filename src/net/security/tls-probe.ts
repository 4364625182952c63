/**
 * Why a manager and its caller do not come together by TLS: of a connection that fails, gRPC says only that the time for
 * an answer was over.
 */
import { connect } from "node:http2";
import tls from "node:tls";
import { readMaterial, serverIdentityCheck, type TlsFiles } from "./credentials.ts";

export interface ProbeOptions {
  /** `host:port` of the manager. */
  readonly address: string;
  readonly tls: TlsFiles | undefined;
  readonly clusterId: string | undefined;
}

interface TlsError extends Error {
  readonly code?: string;
  /** Of OpenSSL, without its source lines. */
  readonly reason?: string;
}

/** It is asked only once something has failed, to say why. */
const probeTimeoutMs = 2_000;

/** Undefined: it is not for want of identity that the manager does not answer. */
export async function tlsRefusal(options: ProbeOptions): Promise<string | undefined> {
  const { address, tls: files } = options;
  const refusal = await connectOnce(options);
  if (refusal !== undefined || files === undefined || !(await speaksPlainly(address))) return refusal;
  return `${address} does not speak TLS: leave --tls-cert, --tls-key and --tls-ca out`;
}

function connectOnce(options: ProbeOptions): Promise<string | undefined> {
  const { address } = options;
  return new Promise((resolve) => {
    let isSecure = false;
    const colon = address.lastIndexOf(":");
    const socket = tls.connect({
      host: address.slice(0, colon).replace(/^\[|\]$/g, ""),
      port: Number(address.slice(colon + 1)),
      ALPNProtocols: ["h2"],
      ...identity(options),
    });
    const end = (reason: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reason);
    };
    const timer = setTimeout(() => end(undefined), probeTimeoutMs);
    socket.on("secureConnect", () => {
      isSecure = true;
      if (options.tls === undefined) end(`${address} speaks TLS: give --tls-cert, --tls-key and --tls-ca`);
    });
    // Whoever is let in hears the settings of HTTP/2.
    socket.on("data", () => end(undefined));
    socket.on("error", (error: TlsError) => end(errorRefusal(error, socket, options)));
    socket.on("close", () => end(isSecure ? closedRefusal(address) : undefined));
  });
}

function speaksPlainly(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(`http://${address}`);
    const end = (isPlain: boolean): void => {
      clearTimeout(timer);
      session.destroy();
      resolve(isPlain);
    };
    const timer = setTimeout(() => end(false), probeTimeoutMs);
    session.on("remoteSettings", () => end(true));
    session.on("error", () => end(false));
    session.on("close", () => end(false));
  });
}

function identity({ tls: files, clusterId }: ProbeOptions): tls.ConnectionOptions {
  if (files === undefined) return { rejectUnauthorized: false };
  return { ...readMaterial(files), checkServerIdentity: serverIdentityCheck("manager", clusterId) };
}

function errorRefusal(
  error: TlsError,
  socket: tls.TLSSocket,
  { address, tls: files }: ProbeOptions,
): string | undefined {
  const { code, reason, message } = error;
  // Set by whoever has looked at the other end's certificate.
  if (socket.authorizationError) {
    if (code === undefined) return `the manager at ${address}: ${message}`;
    return `the certificate of ${address} is not signed by the authority in --tls-ca: ${message} (${code})`;
  }
  // TLS below 1.3 refuses a client before the connection is secure.
  const isRefused = socket.authorized || code?.includes("_ALERT_") === true;
  return isRefused && files !== undefined ? closedRefusal(address, reason) : undefined;
}

function closedRefusal(address: string, alert?: string): string {
  const said = alert === undefined ? "" : ` (${alert})`;
  return `${address} refuses the certificate in --tls-cert${said}: one by the cluster's own authority would do`;
}
