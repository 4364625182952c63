/** Whoever asks what is served cannot harm the node, whatever is sent. */
import * as grpc from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { asIs } from "../../../src/net/proto.ts";
import { addReflection } from "../../../src/net/transport/reflection.ts";

const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
/** `list_services: ""`, field 7. */
const listServices = Buffer.from([0x3a, 0x00]);
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function served(): Promise<grpc.Client> {
  const server = new grpc.Server();
  ends.push(() => server.forceShutdown());
  addReflection(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, at) =>
      error === null ? resolve(at) : reject(error),
    );
  });
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  ends.push(() => client.close());
  return client;
}

/** What came back, and how the call ended. */
function ask(client: grpc.Client, ...messages: readonly Buffer[]): Promise<readonly [string, grpc.status]> {
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs);
  const answers: Buffer[] = [];
  call.on("data", (answer: Buffer) => answers.push(answer));
  call.on("error", () => {});
  for (const message of messages) call.write(message);
  call.end();
  return new Promise((resolve) => {
    call.once("status", ({ code }) => resolve([Buffer.concat(answers).toString("latin1"), code]));
  });
}

test("a message that is none ends its call, and nothing else", async () => {
  const client = await served();
  expect(await ask(client, Buffer.from([0xff]), listServices)).toEqual(["", grpc.status.INVALID_ARGUMENT]);
  const [answer, code] = await ask(client, listServices);
  expect(code).toBe(grpc.status.OK);
  expect(answer).toContain("tauring.v1.Node");
});
