/** A relay of bytes to one port of this machine: its connections can be cut, and answers held back. */
import { connect, createServer, type Server, type Socket } from "node:net";

export class TcpRelay {
  port = 0;
  private readonly server: Server;
  private readonly sockets: Set<Socket> = new Set();
  /** Connections whose answers are lost. */
  private readonly deaf: Set<Socket> = new Set();
  private isRefusing = false;

  private constructor(targetPort: number) {
    this.server = createServer((near) => {
      if (this.isRefusing) return void near.destroy();
      const far = connect(targetPort, "127.0.0.1");
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => {
          this.sockets.delete(socket);
          this.deaf.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.on("data", (bytes) => far.write(bytes));
      far.on("data", (bytes) => {
        if (!this.deaf.has(far)) near.write(bytes);
      });
    });
  }

  static async to(targetPort: number): Promise<TcpRelay> {
    const relay = new TcpRelay(targetPort);
    await new Promise<void>((resolve) => relay.server.listen(0, "127.0.0.1", resolve));
    relay.port = (relay.server.address() as { readonly port: number }).port;
    return relay;
  }

  /** On the connections that there are requests arrive from now on, and answers are lost. */
  loseAnswers(): void {
    for (const socket of this.sockets) this.deaf.add(socket);
  }

  /** Ends every connection; new ones are whole. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Ends every connection, and takes no new one. */
  refuse(): void {
    this.isRefusing = true;
    this.cut();
  }

  accept(): void {
    this.isRefusing = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
