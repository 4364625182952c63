/** A gRPC server in front of a member of etcd that passes everything on, but can hold back what its watches say. */
import * as grpc from "@grpc/grpc-js";
import { loadEtcdApi } from "../../../src/net/registry/etcd/etcd-api.ts";

type Raw = grpc.ServerDuplexStream<Buffer, Buffer>;

export class EtcdGateway {
  port = 0;
  watchesOpened = 0;
  /** What watches say from now on is lost: all of it, or all but that they have begun. */
  mute: "nothing" | "changes" | "everything" = "nothing";
  private readonly server: grpc.Server = new grpc.Server();
  private readonly client: grpc.Client;

  private constructor(target: string) {
    this.client = new grpc.Client(target, grpc.credentials.createInsecure());
    const { range, transact, watch } = loadEtcdApi();
    const definition = Object.fromEntries(
      [range, transact, watch].map(({ path, requestStream, responseStream }) => [
        path,
        { path, requestStream, responseStream, ...rawRequests, ...rawAnswers },
      ]),
    );
    const isChange = (bytes: Buffer): boolean => watch.responseDeserialize(bytes).events.length > 0;
    this.server.addService(definition, {
      [range.path]: this.unary(range.path),
      [transact.path]: this.unary(transact.path),
      [watch.path]: (near: Raw) => {
        this.watchesOpened += 1;
        const far = this.client.makeBidiStreamRequest(watch.path, asIs, asIs, near.metadata);
        near.on("data", (bytes: Buffer) => far.write(bytes));
        near.on("cancelled", () => far.cancel());
        far.on("error", () => {});
        far.on("data", (bytes: Buffer) => {
          const isLost = this.mute === "everything" || (this.mute === "changes" && isChange(bytes));
          if (!isLost) near.write(bytes);
        });
        far.on("status", () => near.end());
      },
    });
  }

  static async to(target: string): Promise<EtcdGateway> {
    const gateway = new EtcdGateway(target);
    gateway.port = await new Promise<number>((resolve, reject) => {
      gateway.server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
    return gateway;
  }

  close(): Promise<void> {
    this.server.forceShutdown();
    this.client.close();
    return Promise.resolve();
  }

  private unary(path: string): grpc.handleUnaryCall<Buffer, Buffer> {
    return ({ request, metadata }, answer) => {
      this.client.makeUnaryRequest(path, asIs, asIs, request, metadata, (error, bytes) =>
        answer(error, bytes),
      );
    };
  }
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

const rawRequests = { requestSerialize: asIs, requestDeserialize: asIs } as const;
const rawAnswers = { responseSerialize: asIs, responseDeserialize: asIs } as const;
