/** What is typed after the colon: looked up, completed, run. */
import type { Done, Source } from "../../observe/index.ts";
import type { CommandSpec } from "./command-spec.ts";
import { commands } from "./commands.ts";

export function offered(source: Source): readonly CommandSpec[] {
  const { can, breakages } = source;
  return commands.filter(({ name, needs }) => {
    if (needs === undefined || !can[needs]) return needs === undefined;
    return needs !== "break" || breakages === undefined || breakages.some((kind) => kind === name);
  });
}

export function runCommand(text: string, source: Source): Done {
  const [name, ...words] = text.trim().split(/\s+/);
  const command = found(name, source);
  if (command !== undefined) return command.run(words, source);
  const other = commands.find((candidate) => candidate.name === name);
  if (other !== undefined) return { ok: false, reason: `${name}: a ${kinds[source.kind]} cannot do that` };
  return { ok: false, reason: `no command "${name}": tab lists them, ? explains them` };
}

const kinds = { sim: "simulation", trace: "recorded run", live: "live cluster, seen from here," } as const;

/** Of a whole name, or of the beginning of one only. */
export function found(name: string, source: Source): CommandSpec | undefined {
  const all = offered(source);
  const exact = all.find((command) => command.name === name);
  if (exact !== undefined) return exact;
  const begun = name === "" ? [] : all.filter((command) => command.name.startsWith(name));
  return begun.length === 1 ? begun[0] : undefined;
}

/** The segment that a command asked about. */
export function markedBy(text: string, source: Source): number | undefined {
  const [name, ...words] = text.trim().split(/\s+/);
  return found(name, source)?.marks?.(words, source);
}

/** Harm to a real cluster is asked for twice. */
export function needsConfirmation(text: string, source: Source): boolean {
  const command = found(text.trim().split(/\s+/)[0], source);
  return command?.needs === "break" && source.can.confirmBreak;
}

/** What may stand where the text ends. */
export function completions(text: string, source: Source): readonly string[] {
  const words = text.trimStart().split(/\s+/);
  const last = words.at(-1) ?? "";
  if (words.length === 1)
    return offered(source)
      .map(({ name }) => name)
      .filter((name) => name.startsWith(last));
  const command = found(words[0], source);
  const candidates = command?.complete?.(source.view(), words.length - 2, source) ?? [];
  return candidates.filter((word) => word.startsWith(last));
}

/** As far as all that may stand there agree. */
export function completed(text: string, source: Source): string {
  const candidates = completions(text, source);
  if (candidates.length === 0) return text;
  const begun = text.slice(0, text.length - (/\S*$/.exec(text)?.[0].length ?? 0));
  if (candidates.length === 1) return `${begun}${candidates[0]} `;
  let common = candidates[0];
  for (const candidate of candidates) {
    while (!candidate.startsWith(common)) common = common.slice(0, -1);
  }
  return begun + common;
}
