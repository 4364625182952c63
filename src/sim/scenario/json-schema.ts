/** The schema of scenario files for editors, made from the one that validates them. */
import { z } from "zod";
import { scenarioSchema } from "./scenario.ts";

export function scenarioJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(scenarioSchema, {
    io: "input",
    unrepresentable: "any",
    reused: "inline",
    override: ({ jsonSchema, path }) => {
      // The defaults of options are those of docs/options.md.
      if (path.includes("limits")) delete jsonSchema.default;
    },
  });
  return {
    ...schema,
    title: "tauring.scenario/1",
    description: "A story of a cluster of parameter servers, docs/scenarios.md",
  };
}
