/** A relay of bytes to one port of this machine: its connections can be cut, and answers held back. */
import { connect, createServer, type Server, type Socket } from "node:net";

export class TcpRelay {
  port = 0;
  private readonly server: Server;
  private readonly sockets: Set<Socket> = new Set();
  private areAnswersHeld = false;

  private constructor(targetPort: number) {
    this.server = createServer((near) => {
      const far = connect(targetPort, "127.0.0.1");
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => {
          this.sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.on("data", (bytes) => far.write(bytes));
      far.on("data", (bytes) => {
        if (!this.areAnswersHeld) near.write(bytes);
      });
    });
  }

  static async to(targetPort: number): Promise<TcpRelay> {
    const relay = new TcpRelay(targetPort);
    await new Promise<void>((resolve) => relay.server.listen(0, "127.0.0.1", resolve));
    relay.port = (relay.server.address() as { readonly port: number }).port;
    return relay;
  }

  /** From now on requests arrive, and answers are lost; such a connection is good for nothing but to be cut. */
  loseAnswers(): void {
    this.areAnswersHeld = true;
  }

  /** Ends every connection; new ones are whole. */
  cut(): void {
    this.areAnswersHeld = false;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
