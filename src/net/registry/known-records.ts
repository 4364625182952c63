/** What a watcher knows of the records, so that a watch that was interrupted goes on with the difference. */
import type { RegistryChange, RegistryRecord } from "../../core/index.ts";

export class KnownRecords {
  /** Revision of each record as the watcher knows it. */
  private readonly modified: Map<string, number> = new Map();

  get count(): number {
    return this.modified.size;
  }

  /** What happened between what is known and what is there now; when a record was deleted nobody knows any more. */
  difference(present: readonly RegistryRecord[], revision: number): readonly RegistryChange[] {
    const keys = new Set(present.map(({ key }) => key));
    const changes: RegistryChange[] = present
      .filter(({ key, modified }) => this.modified.get(key) !== modified)
      .map((record) => ({ type: "put", record }));
    for (const key of this.modified.keys()) {
      if (!keys.has(key)) changes.push({ type: "deleted", key, modified: revision });
    }
    return changes;
  }

  remember(changes: readonly RegistryChange[]): void {
    for (const change of changes) {
      if (change.type === "put") this.modified.set(change.record.key, change.record.modified);
      else this.modified.delete(change.key);
    }
  }
}
