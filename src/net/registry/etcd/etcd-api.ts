/** The calls of `proto/etcd.proto` that the registry makes, with their messages as proto-loader makes and takes them. */
import { fileURLToPath } from "node:url";
import type * as grpc from "@grpc/grpc-js";
import * as protoLoader from "@grpc/proto-loader";

/** From `src/net/registry/etcd` and from `dist/net/registry/etcd` alike. */
const protoPath: string = fileURLToPath(new URL("../../../../proto/etcd.proto", import.meta.url));

/** Its request is one message, and so is its answer, also where the call is a stream. */
export type Method<Request, Answer extends Answered> = grpc.MethodDefinition<Request, Answer>;

export interface Answered {
  readonly header?: Header | null;
}

interface Header {
  /** Above 2^53 rounded: good to tell clusters apart, and for nothing else. */
  readonly clusterId: number;
  readonly revision: number;
}

export interface KeyValue {
  readonly key: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly value: Uint8Array;
  readonly lease: number;
}

export interface RangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  readonly limit?: number;
  readonly revision?: number;
  readonly serializable?: boolean;
  readonly keysOnly?: boolean;
  readonly minModRevision?: number;
}

export interface RangeAnswer extends Answered {
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  /** Of all keys in the range, whatever the request leaves out of them. */
  readonly count: number;
}

export interface TransactionRequest {
  readonly compare: readonly {
    readonly target: "MOD";
    readonly key: Uint8Array;
    readonly modRevision: number;
  }[];
  readonly success: readonly Operation[];
}

export type Operation =
  | {
      readonly requestPut: { readonly key: Uint8Array; readonly value: Uint8Array; readonly lease: number };
    }
  | { readonly requestDeleteRange: { readonly key: Uint8Array } };

export interface TransactionAnswer extends Answered {
  readonly succeeded: boolean;
}

export interface WatchRequest {
  readonly createRequest: {
    readonly key: Uint8Array;
    readonly rangeEnd: Uint8Array;
    readonly startRevision: number;
  };
}

export interface WatchAnswer extends Answered {
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly events: readonly { readonly type: "PUT" | "DELETE"; readonly kv: KeyValue }[];
}

interface LeaseId {
  readonly ID: number;
}

interface LeaseAnswer extends Answered {
  readonly TTL: number;
}

export interface EtcdApi {
  readonly range: Method<RangeRequest, RangeAnswer>;
  readonly transact: Method<TransactionRequest, TransactionAnswer>;
  readonly watch: Method<WatchRequest, WatchAnswer>;
  readonly grantLease: Method<{ readonly TTL: number; readonly ID: number }, LeaseAnswer>;
  readonly keepAlive: Method<LeaseId, LeaseAnswer>;
  readonly revokeLease: Method<LeaseId, Answered>;
  readonly authenticate: Method<
    { readonly name: string; readonly password: string },
    Answered & { readonly token: string }
  >;
}

export function loadEtcdApi(): EtcdApi {
  const definition = protoLoader.loadSync(protoPath, {
    longs: Number,
    enums: String,
    defaults: true,
    arrays: true,
  });
  const service = (name: string): grpc.ServiceDefinition =>
    definition[`etcdserverpb.${name}`] as unknown as grpc.ServiceDefinition;
  const [kv, watch, lease, auth] = ["KV", "Watch", "Lease", "Auth"].map(service);
  return {
    range: kv.Range as EtcdApi["range"],
    transact: kv.Txn as EtcdApi["transact"],
    watch: watch.Watch as EtcdApi["watch"],
    grantLease: lease.LeaseGrant as EtcdApi["grantLease"],
    keepAlive: lease.LeaseKeepAlive as EtcdApi["keepAlive"],
    revokeLease: lease.LeaseRevoke as EtcdApi["revokeLease"],
    authenticate: auth.Authenticate as EtcdApi["authenticate"],
  };
}
