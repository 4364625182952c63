/** Ports of this machine that stay free between two uses. */
import { createServer } from "node:net";

/** Below those that systems give to whoever asks for any: nobody else comes by one by chance while its user is away. */
const [first, count] = [15_000, 17_000];

/** All different. One may still be taken by somebody who wants exactly this one. */
export async function freePorts(wanted: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < wanted) {
    const port = first + Math.floor(Math.random() * count);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
