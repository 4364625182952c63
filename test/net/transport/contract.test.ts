import { processContract, transportContract } from "../../contract/transport.ts";
import { GrpcWorld } from "../support/grpc-world.ts";

transportContract("gRPC", () => Promise.resolve(new GrpcWorld()));

processContract("gRPC", async (queueBytesMax) => new GrpcWorld({ peerQueueBytesMax: queueBytesMax }));
