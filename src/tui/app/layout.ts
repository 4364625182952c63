/** Which panels stand where on a terminal of a size. */

export type PanelId = "ring" | "clocks" | "workers" | "traffic" | "convergence" | "events" | "messages";

/** In the order of the keys 1 to 7. */
export const panelIds: readonly PanelId[] = [
  "ring",
  "clocks",
  "workers",
  "traffic",
  "convergence",
  "events",
  "messages",
];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Cell {
  readonly panel: PanelId;
  readonly width: number;
  readonly height: number;
}

/** Columns beside one another, each a stack of panels. */
export type Band = readonly (readonly Cell[])[];

export type Layout =
  | { readonly kind: "too-small" }
  | { readonly kind: "bands"; readonly bands: readonly Band[] };

export const smallest: Size = { columns: 60, rows: 16 };

/** Ink wipes the scrollback where a screen is as high as the terminal: one row stays free. */
export function usableRows({ rows }: Size): number {
  return rows - 1;
}

/** The header, the time line and the footer. */
const otherRows = 3;

export function layoutOf(size: Size, zoomed: PanelId | undefined): Layout {
  if (size.columns < smallest.columns || size.rows < smallest.rows) return { kind: "too-small" };
  const height = usableRows(size) - otherRows;
  const { columns } = size;
  if (zoomed !== undefined) {
    return { kind: "bands", bands: [[[{ panel: zoomed, width: columns, height }]]] };
  }
  return {
    kind: "bands",
    bands: columns >= 110 && size.rows >= 36 ? wide(columns, height) : compact(columns, height),
  };
}

/** Those that stand side by side. */
export function shownPanels(size: Size): readonly PanelId[] {
  const layout = layoutOf(size, undefined);
  return layout.kind === "too-small" ? [] : layout.bands.flat(2).map(({ panel }) => panel);
}

function wide(columns: number, height: number): readonly Band[] {
  const upper = Math.round(height * 0.33);
  const middle = Math.round(height * 0.36);
  const lower = height - upper - middle;
  const left = Math.floor(columns / 2);
  const right = columns - left;
  const traffic = Math.ceil(middle / 2);
  return [
    [[{ panel: "ring", width: left, height: upper }], [{ panel: "clocks", width: right, height: upper }]],
    [
      [{ panel: "workers", width: left, height: middle }],
      [
        { panel: "traffic", width: right, height: traffic },
        { panel: "convergence", width: right, height: middle - traffic },
      ],
    ],
    [[{ panel: "events", width: columns, height: lower }]],
  ];
}

function compact(columns: number, height: number): readonly Band[] {
  const left = Math.floor(columns * 0.42);
  const right = columns - left;
  const lower = Math.max(4, Math.round(height * 0.28));
  const middle = height < 16 ? 0 : 5;
  const upper = height - lower - middle;
  const bands: Band[] = [
    [[{ panel: "ring", width: left, height: upper }], [{ panel: "clocks", width: right, height: upper }]],
  ];
  if (middle > 0) {
    const half = Math.floor(columns / 2);
    bands.push([
      [{ panel: "traffic", width: half, height: middle }],
      [{ panel: "convergence", width: columns - half, height: middle }],
    ]);
  }
  bands.push([[{ panel: "events", width: columns, height: lower }]]);
  return bands;
}
