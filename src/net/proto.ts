/** The services of `proto/`, as grpc-js wants them. */
import { fileURLToPath } from "node:url";
import type * as grpc from "@grpc/grpc-js";
import * as protoLoader from "@grpc/proto-loader";
import type { Channel } from "../core/index.ts";

/** From `src/net` and from `dist/net` alike. */
const protoPaths: readonly string[] = ["tauring.proto", "admin.proto"].map((name) =>
  fileURLToPath(new URL(`../../proto/${name}`, import.meta.url)),
);

/** Numbers are plain: revisions and leases stay far below 2^53. */
export const packageDefinition: protoLoader.PackageDefinition = protoLoader.loadSync([...protoPaths], {
  longs: Number,
  oneofs: true,
  defaults: true,
  arrays: true,
});

export const nodeService: grpc.ServiceDefinition = passThrough(service("tauring.v1.Node"));
export const registryService: grpc.ServiceDefinition = service("tauring.v1.Registry");
export const jobsService: grpc.ServiceDefinition = service("tauring.v1.Jobs");
export const adminService: grpc.ServiceDefinition = service("tauring.v1.Admin");

export function channelPath(channel: Channel): string {
  return channel === "control" ? "/tauring.v1.Node/Control" : "/tauring.v1.Node/Data";
}

export function asIs(bytes: Buffer): Buffer {
  return bytes;
}

function service(name: string): grpc.ServiceDefinition {
  return packageDefinition[name] as unknown as grpc.ServiceDefinition;
}

/** Frames are valid protobuf already: a serializer would only copy them. */
function passThrough(definition: grpc.ServiceDefinition): grpc.ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => [
    name,
    {
      ...method,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  ]);
  return Object.fromEntries(methods) as grpc.ServiceDefinition;
}
