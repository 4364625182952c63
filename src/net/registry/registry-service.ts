/** Serves a registry over gRPC, beside the node's own streams. */
import * as grpc from "@grpc/grpc-js";
import { registryService } from "../proto.ts";
import { callRefusal, type Door, requestRefusal } from "../security/access.ts";
import type { Service } from "../transport/server.ts";
import {
  type AnswerMessage,
  type BatchMessage,
  type RequestMessage,
  fromRequestMessage,
  toAnswerMessage,
  toChangeMessage,
} from "./registry-messages.ts";
import type { RegistryPort } from "./registry-port.ts";

/** Batches that a watcher may leave unread; it is ended then, and begins again with what there is. */
const unreadBatchesMax = 1024;

export function serveRegistry(registry: RegistryPort, door: Door): Service {
  const handlers = {
    Execute: (
      call: grpc.ServerUnaryCall<RequestMessage, AnswerMessage>,
      callback: grpc.sendUnaryData<AnswerMessage>,
    ): void => {
      const refusal = callRefusal(call, door);
      if (refusal !== undefined) return callback({ code: refusal.code, details: refusal.reason });
      const request = fromRequestMessage(call.request);
      if (typeof request === "string") {
        return callback({ code: grpc.status.INVALID_ARGUMENT, details: request });
      }
      const denied = requestRefusal(call, request, door);
      if (denied !== undefined) return callback({ code: denied.code, details: denied.reason });
      void registry.execute(request).then((answer) => callback(null, toAnswerMessage(answer)));
    },
    Watch: (call: grpc.ServerWritableStream<{ readonly prefix: string }, BatchMessage>): void => {
      const refusal = callRefusal(call, door);
      call.on("error", () => {});
      if (refusal !== undefined) {
        call.emit("error", { code: refusal.code, details: refusal.reason });
        return;
      }
      const end = registry.watch(call.request.prefix, (changes, revision) => {
        call.write({ changes: changes.map(toChangeMessage), revision });
        if (call.writableLength <= unreadBatchesMax) return;
        end();
        const details = `slow consumer: more than ${unreadBatchesMax} batches of changes are unread`;
        call.emit("error", { code: grpc.status.RESOURCE_EXHAUSTED, details });
      });
      call.on("cancelled", end);
      call.on("close", end);
    },
  } as grpc.UntypedServiceImplementation;
  return { definition: registryService, handlers };
}
