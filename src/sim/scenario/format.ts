/** The canonical form of a scenario file, so that two people's changes of it differ only in what they mean. */
import { isMap, isScalar, isSeq, type Node, parseDocument, stringify, visit, type YAMLMap } from "yaml";
import { scenarioFields } from "./scenario.ts";

const widthMax = 110;

/**
 * Fields in the schema's order, what fits into one line in one line, comments where they were. The text is that of a
 * scenario without mistakes.
 */
export function formatScenario(text: string): string {
  const document = parseDocument(text);
  const { contents } = document;
  if (!isMap(contents)) return text;
  sortFields(contents);
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === "string") node.type = "PLAIN";
    },
  });
  for (const { key, value } of contents.items) layOut(value as Node, String(key).length);
  contents.flow = false;
  const why = contents.get("why", true);
  if (isScalar(why) && String(why.value).length > widthMax - 5) why.type = "BLOCK_FOLDED";
  return document.toString({ lineWidth: widthMax, flowCollectionPadding: true });
}

function sortFields(map: YAMLMap): void {
  const order = scenarioFields;
  const place = (key: unknown): number => {
    const at = order.indexOf(isScalar(key) ? String(key.value) : "");
    return at < 0 ? order.length : at;
  };
  map.items.sort((a, b) => place(a.key) - place(b.key));
}

/** In one line where it fits behind what stands before it; a list of records has a line for each. */
function layOut(node: Node | null, before: number): void {
  if (!isMap(node) && !isSeq(node)) return;
  const isRecords = isSeq(node) && node.items.some(isMap);
  node.flow = !isRecords && fits(node, before);
  if (node.flow) return;
  const indent = before - (before % 2) + 2;
  for (const item of node.items) {
    if (isSeq(node)) layOut(item as Node | null, indent);
    else {
      const { key, value } = item as { readonly key: unknown; readonly value: unknown };
      layOut(value as Node | null, indent + String(key).length + 2);
    }
  }
}

function fits(node: Node, before: number): boolean {
  const text = stringify(node.toJSON(), {
    collectionStyle: "flow",
    lineWidth: 0,
    flowCollectionPadding: true,
  });
  return !node.toString().includes("#") && text.trimEnd().length + before <= widthMax - 8;
}
