/** Loads modules with a deliberate bug in one of them: only in the process of the canary, and only in memory. */
import type { InitializeHook, LoadHook } from "node:module";

export interface PlantedEdit {
  /** Within `dist/`. */
  readonly file: string;
  /** Occurs there once. */
  readonly find: string;
  readonly replace: string;
}

let edits: readonly PlantedEdit[] = [];

export const initialize: InitializeHook<readonly PlantedEdit[]> = (planted) => {
  edits = planted;
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  const here = edits.filter(({ file }) => url.endsWith(`/dist/${file}`));
  if (here.length === 0) return loaded;
  let source = String(loaded.source);
  for (const { file, find, replace } of here) {
    const count = source.split(find).length - 1;
    if (count !== 1)
      throw new Error(`the canary cannot be planted: ${file} has ${JSON.stringify(find)} ${count} times`);
    source = source.replace(find, () => replace);
  }
  return { ...loaded, source };
};
