/** What can be typed after a colon: questions and travels here, harm in `break-commands.ts`. */
import type { Done } from "../../observe/index.ts";
import { lastFailover, slowest, why } from "./answers.ts";
import { breakCommands } from "./break-commands.ts";
import { originOf } from "../text/moments.ts";
import { after, type CommandSpec } from "./command-spec.ts";
import { micros, nodeNamed } from "./command-words.ts";
import { keyPlace, placeText } from "./key-place.ts";

const said = (text: string): Done => ({ ok: true, text });
const done: Done = { ok: true, text: "" };

const travels: readonly CommandSpec[] = [
  {
    name: "goto",
    words: "TIME",
    help: "12.43 (seconds), 500ms",
    needs: "rewind",
    run: ([time], source) => after(micros(time, "moment"), (at) => source.goTo(originOf(source.view()) + at)),
  },
  {
    name: "next",
    words: "[TEXT]",
    help: "next event, or fact of a type",
    needs: "rewind",
    complete: (view) => [...new Set(view.events.map(({ kind }) => kind))].sort(),
    run: ([type], source) => {
      if (type === undefined) return source.stepTo(1, { isEvent: true });
      const known = source.view().nodes.some(({ node }) => node === type);
      // What is no type of a fact meets none, and the source says so.
      return source.stepTo(1, known ? { node: type } : { types: [type as never] });
    },
  },
  {
    name: "speed",
    words: "FACTOR",
    help: "a power of two from 1/64 to 64",
    needs: "speed",
    complete: () => ["1/8", "1/4", "1/2", "1", "2", "4", "8", "16", "64"],
    run: ([word], source) => {
      const [above, below] = (word ?? "").split("/").map(Number);
      return source.setSpeed(below === undefined ? above : above / below);
    },
  },
  {
    name: "mark",
    words: "[NAME]",
    help: "bookmark this moment",
    needs: "rewind",
    run: ([name], source) => source.bookmark(name),
  },
  {
    name: "jump",
    words: "NAME",
    help: "to a bookmark",
    needs: "rewind",
    complete: (_view, _word, source) => source.bookmarks.map(({ name }) => name),
    run: ([name], source) => {
      const names = source.bookmarks.map((bookmark) => bookmark.name);
      if (name !== undefined && names.includes(name)) return source.goToBookmark(name);
      return {
        ok: false,
        reason: names.length === 0 ? "no bookmark yet: m makes one" : `bookmarks: ${names.join(", ")}`,
      };
    },
  },
  {
    name: "violation",
    words: "",
    help: "to the first violation of a check",
    needs: "rewind",
    run: (_words, source) => source.goToFirstViolation(),
  },
  {
    name: "branch",
    words: "SEED",
    help: "go on from here with another seed",
    needs: "branch",
    run: ([seed], source) =>
      seed === undefined
        ? { ok: false, reason: "branch needs a seed, such as :branch 7" }
        : source.branch(seed),
  },
  {
    name: "scenario",
    words: "FILE [JOB]",
    help: "write what was done by hand as a scenario that repeats it",
    needs: "save",
    run: ([path, job], source) =>
      path === undefined
        ? { ok: false, reason: "scenario needs a file, such as :scenario mine.yaml" }
        : source.save(path, job),
  },
];

const questions: readonly CommandSpec[] = [
  {
    name: "key",
    words: "KEY [PARAMETER]",
    help: "which server masters a key",
    complete: (view, word) => (word === 1 ? view.header.parameters.map(({ name }) => name) : []),
    marks: ([key, parameter], source) => {
      const place = keyPlace(key, parameter, source.view());
      return place.ok ? place.value.segment.begin : undefined;
    },
    run: ([key, parameter], source) =>
      after(keyPlace(key, parameter, source.view()), (place) => said(placeText(key, place))),
  },
  {
    name: "why",
    words: "WORKER",
    help: "what holds it back",
    complete: (view, word) => (word === 0 ? view.slots.flatMap(({ worker }) => worker ?? []) : []),
    run: ([node], source) =>
      after(nodeNamed(node, source.view()), (name) => {
        const view = source.view();
        const slots = view.slots.filter(({ worker }) => worker === name);
        if (slots.length === 0) return said(`${name} has no part of a job`);
        return said(slots.map((slot) => why(slot, view)).join("; "));
      }),
  },
  {
    name: "slowest",
    words: "",
    help: "which worker is slowest, and why",
    run: (_w, source) => said(slowest(source.view())),
  },
  {
    name: "failover",
    words: "",
    help: "the last failover",
    run: (_w, source) => said(lastFailover(source.view())),
  },
  {
    name: "play",
    words: "",
    help: "go on after a pause",
    run: (_w, source) => {
      source.setPaused(false);
      return done;
    },
  },
];

export const commands: readonly CommandSpec[] = [...questions, ...travels, ...breakCommands];
