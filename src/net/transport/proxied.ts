/**
 * Children of a cluster whose wires are disturbed connect through a proxy of their parent's, by HTTP CONNECT. gRPC finds it
 * in `grpc_proxy`, as it does for anybody; a node heeds that variable only where its parent says so. A process that has ended
 * is known by its closed door all the same, which is knocked at past the proxy once a stream breaks: behind a wire that is
 * cut none does.
 */

export const proxiedVariable = "TAURING_CHILD_PROXIED";

export function isProxied(): boolean {
  return process.env[proxiedVariable] === "1";
}

/** `url` names the node too, as its user: the proxy must know who connects. */
export function proxiedEnvironment(url: string): Readonly<Record<string, string>> {
  // A list of exceptions of the machine's own would let connections past the proxy.
  return { [proxiedVariable]: "1", grpc_proxy: url, no_grpc_proxy: "none.invalid" };
}
