/** docs/faults.md: what may happen to nodes and links, made from the schema that reads it. */
import { z } from "zod";
import { castWords } from "../world/cast.ts";
import { fault, trigger } from "./fault-fields.ts";

/** The part of a JSON Schema that is read here. */
interface Shape {
  readonly description?: string;
  readonly title?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

const head = `# Faults

What a scenario may do to nodes and links ([scenarios.md](scenarios.md)). This page is made from the schema that reads them:
\`tauring sim schema --faults\` prints it, and a test holds it.

Each is a record in the list \`faults\`, with its \`kind\`, and says when it happens: \`at\` a time from the start of the run, or
\`on\` a fact. Durations have a unit: \`5ms\`. Faults draw nothing while the run goes on: taking one away changes no random stream.

## When: \`on\` a fact

\`\`\`yaml
- { kind: crash, node: '@primary', on: { fact: holder-filled, nth: 2, after: 5ms } }
\`\`\`

What a fault waits for is a fact of a node ([observations.md](observations.md)), or what another fault did: \`node-crashed\`,
\`node-launched\`, \`node-paused\`, \`node-resumed\`, \`node-asked-to-leave\`, \`link-cut\`, \`link-healed\`, … It happens once. A
fault that waited in vain is a disappointment, unless the scenario says \`expect: { faults: may-miss }\`.
`;

export function faultReference(): string {
  const kinds = schemaOf(fault).oneOf ?? schemaOf(fault).anyOf ?? [];
  const words = Object.entries(castWords).map(([word, { means, argument }]) => {
    const optional = argument === "segment" ? ` or \`@${word}\`` : "";
    const written = argument === undefined ? `\`@${word}\`` : `\`@${word}(${argument})\`${optional}`;
    return `| ${written} | ${means} |`;
  });
  return [
    head,
    table(schemaOf(trigger)),
    "",
    "## Who: a word for a node\n\nFound out when the fault happens. A segment is its place on the ring, from 0; without one it is that of the fact, or\nelse the first. A node in parentheses may be a word too: `@pred(@joining)`.\n",
    "| word | |\n| --- | --- |",
    ...words,
    "",
    ...kinds.flatMap((kind) => [
      `## \`${String(kind.properties?.kind?.const)}\`\n`,
      `${kind.description ?? ""}\n`,
      table(kind),
      "",
    ]),
  ].join("\n");
}

function schemaOf(schema: z.ZodType): Shape {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }) as Shape;
}

const everywhere = ["kind", "id", "at", "on"];

function table(shape: Shape): string {
  const rows = Object.entries(shape.properties ?? {})
    .filter(([name]) => !everywhere.includes(name))
    .map(([name, field]) => {
      const isNeeded = shape.required?.includes(name) === true && field.default === undefined;
      const fallback = field.default === undefined ? "" : JSON.stringify(field.default).replaceAll('"', "");
      return `| \`${name}\` | ${typeOf(field)} | ${isNeeded ? "needed" : fallback} | ${field.description ?? ""} |`;
    });
  return rows.length === 0
    ? "No fields of its own."
    : ["| field | | default | |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function typeOf(field: Shape): string {
  if (field.const !== undefined) return `\`${String(field.const)}\``;
  if (field.enum !== undefined) return field.enum.map((one) => `\`${String(one)}\``).join(", ");
  if (field.title !== undefined) return field.title.replace(/ such as.*/, "");
  const branches = field.anyOf ?? field.oneOf;
  if (branches !== undefined) return branches.map(typeOf).join(" or ");
  if (field.type === "array") return `list of ${typeOf(field.items ?? {})}`;
  if (field.type === "object")
    return (
      Object.keys(field.properties ?? {})
        .map((name) => `{ ${name} }`)
        .join("") || "fields"
    );
  const low = field.minimum ?? field.exclusiveMinimum;
  const range = low === undefined || field.maximum === undefined ? "" : `, ${low} to ${field.maximum}`;
  return `${field.type === "string" ? "text" : (field.type ?? "any")}${range}`;
}
