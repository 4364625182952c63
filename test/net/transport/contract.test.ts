import { transportContract } from "../../contract/transport.ts";
import { GrpcWorld } from "../support/grpc-world.ts";

transportContract("gRPC", async (queueBytesMax) => new GrpcWorld({ peerQueueBytesMax: queueBytesMax }));
