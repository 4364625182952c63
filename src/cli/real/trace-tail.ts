/** The facts of processes as they write them into the traces of a folder: what faults wait for. */
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Fact } from "../../observe/index.ts";

const pieceBytes = 1024 * 1024;

interface Source {
  readonly descriptor: number;
  rest: string;
}

export class TraceTail {
  private readonly folder: string;
  private readonly sources: Map<string, Source> = new Map();
  private readonly piece: Buffer = Buffer.alloc(pieceBytes);
  private readonly told: (fact: Fact) => void;

  constructor(folder: string, told: (fact: Fact) => void) {
    this.folder = folder;
    this.told = told;
  }

  /** What was written since, by time. */
  look(): void {
    const found: Fact[] = [];
    for (const name of readdirSync(this.folder)) {
      let source = this.sources.get(name);
      if (source === undefined) {
        source = { descriptor: openSync(join(this.folder, name), "r"), rest: "" };
        this.sources.set(name, source);
      }
      for (;;) {
        const count = readSync(source.descriptor, this.piece, 0, pieceBytes, null);
        if (count === 0) break;
        const lines = (source.rest + this.piece.toString("latin1", 0, count)).split("\n");
        source.rest = lines.pop() ?? "";
        for (const line of lines) {
          if (line.startsWith('{"at":'))
            found.push(JSON.parse(Buffer.from(line, "latin1").toString()) as Fact);
        }
      }
    }
    found.sort((a, b) => a.at - b.at);
    for (const fact of found) this.told(fact);
  }

  close(): void {
    for (const { descriptor } of this.sources.values()) closeSync(descriptor);
    this.sources.clear();
  }
}
