/** The screen once, as text: what a pipe or a file gets. */
import type { ClusterView, Source } from "../../observe/index.ts";
import type { Glyphs } from "../text/glyphs.ts";
import type { Size } from "./layout.ts";
import { plainText } from "./save-screen.ts";
import { screenLines } from "./screen-lines.ts";
import { initialState } from "./ui-state.ts";

export interface SnapshotOptions {
  readonly source: Source;
  readonly size: Size;
  readonly glyphs: Glyphs;
  readonly caption: ((view: ClusterView) => string | undefined) | undefined;
}

export function snapshot({ source, size, glyphs, caption }: SnapshotOptions): string {
  return plainText(
    screenLines({
      source,
      view: source.view(),
      playhead: source.playhead(),
      ui: initialState,
      size,
      glyphs,
      caption: caption?.(source.view()),
    }),
  );
}
