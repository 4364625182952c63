/** One member of etcd, and the connection to it. */
import { checkServerIdentity } from "node:tls";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import * as grpc from "@grpc/grpc-js";
import type { Answered, EtcdApi, Method, WatchAnswer, WatchRequest } from "./etcd-api.ts";
import type { CallError } from "./etcd-errors.ts";
import type { EtcdTls } from "./etcd-options.ts";
import { isProxied } from "../../transport/proxied.ts";

export type Called<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly error: CallError };

export interface MemberOptions {
  readonly address: string;
  readonly tls: EtcdTls | undefined;
  readonly answerBytesMax: number;
}

export interface CallOptions {
  readonly metadata: grpc.Metadata;
  readonly timeoutMs: number;
}

export class EtcdMember {
  readonly address: string;
  private readonly client: grpc.Client;

  /** Throws when the certificates cannot be read. */
  constructor({ address, tls, answerBytesMax }: MemberOptions) {
    this.address = address;
    const host = address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
    this.client = new grpc.Client(address, credentials(tls, host), {
      "grpc.max_receive_message_length": answerBytesMax,
      "grpc.max_send_message_length": -1,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.min_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1000,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_http_proxy": isProxied() ? 1 : 0,
      "grpc.enable_retries": 0,
      "grpc.service_config_disable_resolution": 1,
      // TLS knows names of servers and no bare addresses; `credentials` compares with the address itself.
      ...(isIP(host) === 0 ? {} : { "grpc.ssl_target_name_override": "etcd" }),
    });
  }

  get isConnected(): boolean {
    return this.client.getChannel().getConnectivityState(false) === grpc.connectivityState.READY;
  }

  call<Request, Answer extends Answered>(
    method: Method<Request, Answer>,
    request: Request,
    { metadata, timeoutMs }: CallOptions,
  ): Promise<Called<Answer>> {
    const options = { deadline: Date.now() + timeoutMs };
    const { path, requestSerialize, responseDeserialize } = method;
    return new Promise((resolve) => {
      if (method.requestStream) {
        const call = this.client.makeBidiStreamRequest(
          path,
          requestSerialize,
          responseDeserialize,
          metadata,
          options,
        );
        call.on("data", (answer: Answer) => {
          resolve({ ok: true, answer });
          call.cancel();
        });
        call.on("error", () => {});
        call.on("status", (error) => resolve({ ok: false, error }));
        call.write(request);
        return;
      }
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        options,
        (error, answer) => {
          if (error !== null) resolve({ ok: false, error });
          else if (answer === undefined) {
            resolve({ ok: false, error: { code: grpc.status.INTERNAL, details: "an empty answer" } });
          } else resolve({ ok: true, answer });
        },
      );
    });
  }

  watch(api: EtcdApi, metadata: grpc.Metadata): grpc.ClientDuplexStream<WatchRequest, WatchAnswer> {
    const { path, requestSerialize, responseDeserialize } = api.watch;
    return this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
  }

  close(): void {
    this.client.close();
  }
}

function credentials(tls: EtcdTls | undefined, host: string): grpc.ChannelCredentials {
  if (tls === undefined) return grpc.credentials.createInsecure();
  const { caPath, certPath, keyPath } = tls;
  return grpc.credentials.createSsl(
    readPem("authority", caPath),
    keyPath === undefined ? null : readPem("key", keyPath),
    certPath === undefined ? null : readPem("certificate", certPath),
    { checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate) },
  );
}

function readPem(what: string, path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    if (bytes.includes("-----BEGIN ")) return bytes;
  } catch (error) {
    throw new Error(`the ${what} for etcd, ${path}: ${(error as Error).message}`);
  }
  throw new Error(`the ${what} for etcd, ${path}, is no PEM file: it has no -----BEGIN line`);
}
