/** What the nodes of a run say of their etcd: all of them the same, so that it is repeated once, without a name. */

/** Of the client of etcd: its words about a member. */
const ofEtcd = /^\S+: (.*etcd at \S+: .*)$/;
const againAfterMs = 60_000;

export class RegistryTroubles {
  private readonly say: (text: string) => void;
  private readonly told: Map<string, number> = new Map();

  constructor(say: (text: string) => void) {
    this.say = say;
  }

  /** True: the line was of that. */
  heard(line: string): boolean {
    const text = ofEtcd.exec(line)?.[1];
    if (text === undefined) return false;
    const now = performance.now();
    const at = this.told.get(text);
    if (at !== undefined && now - at < againAfterMs) return true;
    this.told.set(text, now);
    this.say(`the registry: ${text}`);
    return true;
  }
}
