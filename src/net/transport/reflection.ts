/**
 * gRPC reflection, made when somebody first asks: what it makes of the services takes a quarter of the time in which a node
 * starts, and hardly any node is ever asked.
 */
import { EventEmitter } from "node:events";
import * as grpc from "@grpc/grpc-js";
import { asIs, packageDefinition } from "../proto.ts";

interface Made {
  readonly method: grpc.MethodDefinition<unknown, unknown>;
  readonly handler: (stream: unknown) => void;
}

const method = "ServerReflectionInfo";
const names: readonly string[] = ["v1", "v1alpha"].map(
  (version) => `/grpc.reflection.${version}.ServerReflection/${method}`,
);

let made: Promise<ReadonlyMap<string, Made>> | undefined;

export function addReflection(server: grpc.Server): void {
  for (const path of names) {
    const definition: grpc.ServiceDefinition = {
      [method]: {
        path,
        requestStream: true,
        responseStream: true,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    };
    server.addService(definition, {
      [method]: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
        answer(path, call).catch(({ message }: Error) =>
          refuse(call, { code: grpc.status.INTERNAL, details: message }),
        );
      },
    });
  }
}

/** What the caller has sent waits in the call until there is somebody who reads it. */
async function answer(path: string, call: grpc.ServerDuplexStream<Buffer, Buffer>): Promise<void> {
  call.on("error", () => {});
  made ??= make().catch((error: unknown) => {
    // Whoever asks next may have more luck.
    made = undefined;
    throw error;
  });
  const { method: of, handler } = (await made).get(path) as Made;
  const stream = Object.assign(new EventEmitter(), {
    write: (response: unknown) => call.write(of.responseSerialize(response)),
    end: () => call.end(),
  });
  handler(stream);
  const heard = (bytes: Buffer): void => {
    let request: unknown;
    try {
      request = of.requestDeserialize(bytes);
    } catch (error) {
      call.off("data", heard);
      const details = error instanceof Error ? error.message : String(error);
      return refuse(call, { code: grpc.status.INVALID_ARGUMENT, details });
    }
    stream.emit("data", request);
  };
  call.on("data", heard);
  call.on("end", () => stream.emit("end"));
}

/** The call ends with it. */
function refuse(call: grpc.ServerDuplexStream<Buffer, Buffer>, why: Partial<grpc.StatusObject>): void {
  call.emit("error", why);
}

/** The package adds its services to a server: this one keeps them. */
async function make(): Promise<ReadonlyMap<string, Made>> {
  const { ReflectionService } = await import("@grpc/reflection");
  const found = new Map<string, Made>();
  const keeper: Pick<grpc.Server, "addService"> = {
    addService: (definition, handlers) => {
      const of = definition[method];
      found.set(of.path, { method: of, handler: handlers[method] as Made["handler"] });
    },
  };
  new ReflectionService(packageDefinition).addToServer(keeper);
  return found;
}
