/** The help: questions and the keys that answer them first, then every key and command that is valid now. */
import type { ClusterView, Source } from "../../observe/index.ts";
import { type Binding, bindings, isOffered, keyName } from "../keys/bindings.ts";
import { breakEntries } from "../keys/break-menu.ts";
import { offered } from "../keys/command-line.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { bold, fit, type Line, padEnd, span, type Span } from "../text/styled.ts";

const keyColumns = 9;

export function helpLines(
  source: Source,
  { width, glyphs }: { readonly width: number; readonly glyphs: Glyphs },
): readonly Line[] {
  const groups = ["Ask", "Look", "Time", "Break things", "Leave"] as const;
  const blocks: (readonly Line[])[] = groups.map((group) => keyBlock(group, source));
  const commands: Line[] = [
    [bold("Commands, after :", "title")],
    ...offered(source).map(
      ({ name, words, help }): Line => [span(padEnd(`  ${name} ${words}`, 24), "key"), span(` ${help}`)],
    ),
  ];
  const left = [...questions(source), [], ...blocks.slice(0, 2).flatMap((block) => [...block, []])];
  const right = [
    ...blocks.slice(2).flatMap((block) => (block.length > 1 ? [...block, []] : [])),
    ...commands,
    [],
    ...words(glyphs),
  ];
  if (width < 110) return [...left, ...right];
  const half = Math.floor(width / 2);
  return Array.from(
    { length: Math.max(left.length, right.length) },
    (_, i): Line => [...fit(left[i] ?? [], half - 2), span("  "), ...(right[i] ?? [])],
  );
}

function keyBlock(group: Binding["group"], source: Source): readonly Line[] {
  const shown = bindings.filter((binding) => binding.group === group && isOffered(binding, source.can));
  // Seven keys with one meaning are one line.
  const digits = shown.filter(({ action }) => action.type === "panel");
  const lines = shown
    .filter((binding) => binding.action.type !== "panel" || binding === digits[0])
    .map(({ keys, action, help }): Line => {
      const names = action.type === "panel" ? "1 to 7" : keys.map(keyName).join(" ");
      return [span(padEnd(`  ${names}`, keyColumns + 2), "key"), span(` ${help}`)];
    });
  return lines.length === 0 ? [] : [[bold(group, "title")], ...lines];
}

function questions(source: Source): readonly Line[] {
  const ask = (question: string, how: string): Line => [
    span(padEnd(`  ${question}`, 38)),
    span(` ${how}`, "key"),
  ];
  return [
    [bold("What do you want to know?", "title")],
    ask("Which server masters a key?", `:key ${exampleKey(source.view())}`),
    ask("Which worker is slowest, and why?", "w"),
    ask("Who waits for whom?", "2"),
    ask("When was the last failover?", "l"),
    ask("Who has which part of the ring?", "1, again: circle"),
    ask("Where do the bytes go?", "4, again: nodes"),
    ask("Does the job get better?", "5, again: curve"),
    ...(source.can.messages ? [ask("Who says what to whom right now?", "7")] : []),
    ...(source.can.break ? [ask("What if a server dies?", "f, then k")] : []),
  ];
}

/** One that is there. */
function exampleKey({ header: { parameters } }: ClusterView): string {
  const usual = 12_345n;
  if (parameters.length === 0) return String(usual);
  const [{ begin, end }] = parameters.map((one) => ({ begin: BigInt(one.begin), end: BigInt(one.end) }));
  return String(begin <= usual && usual < end ? usual : begin + (end - begin) / 2n);
}

/** Words that not everybody knows. */
function words(glyphs: Glyphs): readonly Line[] {
  const word = (name: string, meaning: string): Line => [
    span(padEnd(`  ${name}`, 11), "note"),
    span(` ${meaning}`),
  ];
  return [
    [bold("Words", "title")],
    word("ring", "all keys, in a circle; each segment of it has a master"),
    word("copies", "replicas of a segment on other servers, in chain order"),
    word("task", "one step of the job; each worker has a share of it"),
    word("clock", "every task below it is finished at that worker"),
    word("lag", "tasks behind the worker that is furthest ahead"),
    word(`${glyphs.tau} (tau)`, "how many tasks a worker may run ahead of the slowest"),
    word("frontier", "every task below it is finished at every worker"),
    word("view", "a numbered assignment of segments to servers"),
    word("term", "how often that role had to find a new leader"),
    word("failover", "a node was lost, and others took over what it did"),
  ];
}

export function breakLines(source: Source): readonly Line[] {
  return breakEntries(source).map(({ key, command, help }): Line => {
    const line: readonly Span[] = [
      bold(`  ${key}`, "key"),
      span(padEnd(`  ${command}`, 12)),
      span(help, "dim"),
    ];
    return line;
  });
}
