/** Keys and commands: what they do to the screen, what they ask of the source, and what they say. */
import { beforeEach, describe, expect, test } from "vitest";
import { Controls } from "../../src/tui/app/controls.ts";
import { completed, completions } from "../../src/tui/keys/command-line.ts";
import { clusterOf, FixedSource, travels, withFailover, withWait } from "./fixture.ts";

const all = { ...travels, break: true, branch: true, save: true };
const view = withFailover(withWait(clusterOf({ servers: 4, workers: 3 })));
let source: FixedSource;
let controls: Controls;
let quits: number;

function start(given: FixedSource): void {
  source = given;
  quits = 0;
  controls = new Controls({
    source,
    quit: () => {
      quits += 1;
    },
    isShown: (panel) => panel !== "messages" && panel !== "workers",
    saveScreen: () => ({ ok: true, text: "saved" }),
  });
}

beforeEach(() => start(new FixedSource(view, all, "sim")));

function press(...keys: readonly string[]): void {
  for (const key of keys) controls.press(key);
}

function type(command: string): void {
  press(":", ...command, "enter");
}

describe("looking", () => {
  test("a number goes to its panel, once more zooms it, and esc goes back", () => {
    press("2");
    expect(controls.state).toMatchObject({ focus: "clocks", zoomed: undefined });
    press("2");
    expect(controls.state.zoomed).toBe("clocks");
    press("4");
    expect(controls.state).toMatchObject({ focus: "traffic", zoomed: "traffic" });
    press("escape");
    expect(controls.state.zoomed).toBeUndefined();
  });

  test("a panel that has no place beside the others fills the screen at once, and esc goes back from it", () => {
    press("3");
    expect(controls.state).toMatchObject({ focus: "workers", zoomed: "workers" });
    press("escape");
    expect(controls.state).toMatchObject({ focus: "ring", zoomed: undefined });
  });

  test("tab goes around", () => {
    press("tab");
    expect(controls.state.focus).toBe("clocks");
    press("shift-tab", "shift-tab");
    expect(controls.state).toMatchObject({ focus: "messages", zoomed: "messages" });
  });

  test("scrolling moves the panel that has the focus, events from the newest on", () => {
    press("j", "j", "k", "6", "k", "k");
    expect(controls.state.scroll).toEqual({ ring: 1, events: 2 });
    press("escape");
    expect(controls.state.scroll).toEqual({});
  });

  test("a filter works while it is typed, stays with enter, and goes with esc", () => {
    press("/", ..."server");
    expect(controls.state.filter).toBe("server");
    press("backspace", "enter");
    expect(controls.state).toMatchObject({ filter: "serve", prompt: undefined });
    press("escape");
    expect(controls.state.filter).toBe("");
  });

  test("help opens, scrolls and closes", () => {
    press("?", "j", "j");
    expect(controls.state).toMatchObject({ overlay: "help", overlayScroll: 2 });
    press("?");
    expect(controls.state.overlay).toBeUndefined();
  });

  test("q and ctrl-c leave, also while something is typed", () => {
    press("q");
    expect(quits).toBe(1);
    press(":", "ctrl-c");
    expect(quits).toBe(2);
    press("escape");
    type("q");
    expect(quits).toBe(3);
  });

  test("a key without a meaning is named", () => {
    press("Z");
    expect(controls.state.message).toEqual({ text: '"Z" does nothing: ? lists the keys', isBad: true });
  });
});

describe("travelling", () => {
  test.each([
    [".", "facts 1"],
    [",", "facts -1"],
    ["]", "micros 1000000"],
    ["[", "micros -1000000"],
    ["right", "micros 10550"],
    ["g", "goto 0"],
    ["G", "goto 1055000"],
    ["=", "speed 2"],
    ["-", "speed 0.5"],
    [" ", "paused false"],
    ["m", "mark "],
    [">", 'event 1 {"isEvent":true}'],
  ])("%s asks for %s", (key, asked) => {
    press(key);
    expect(source.asked).toEqual([asked]);
  });

  test("the next event is one of the node that is filtered for", () => {
    press("/", ..."server-1", "enter", "<");
    expect(source.asked).toEqual(['event -1 {"isEvent":true,"node":"server-1"}']);
  });

  test("no violation is said, not shown", () => {
    press("v");
    expect(controls.state.message).toEqual({ text: "every check holds", isBad: true });
  });

  test("speeds end at 64", () => {
    for (let i = 0; i < 8; i++) press("=");
    expect(source.asked.at(-1)).toBe("speed 64");
    expect(controls.state.message?.text).toBe("speeds go from 1/64 to 64");
  });
});

describe("commands", () => {
  test.each([
    ["goto 12.43", "goto 12430000"],
    ["goto 500ms", "goto 500000"],
    ["speed 1/8", "speed 0.125"],
    ["mark here", "mark here"],
    ["branch 7", "branch 7"],
    ["scenario mine.yaml", "save mine.yaml"],
    ["next frontier-rose", 'event 1 {"types":["frontier-rose"]}'],
    ["kill server-2", 'break {"kind":"kill","node":"server-2","restartAfterMicros":null}'],
    ["kill s2 500ms", 'break {"kind":"kill","node":"server-2","restartAfterMicros":500000}'],
    ["pause worker-1 2s", 'break {"kind":"pause","node":"worker-1","forMicros":2000000}'],
    ["preempt server-0", 'break {"kind":"preempt","node":"server-0","noticeMicros":1000000}'],
    ["cut S0 W1 1s", 'break {"kind":"cut","from":["server-0"],"to":["worker-1"],"forMicros":1000000}'],
    ["heal", 'break {"kind":"heal"}'],
    ["slow worker-0 8 3s", 'break {"kind":"slow","node":"worker-0","factor":8,"forMicros":3000000}'],
    ["join server", 'break {"kind":"join","role":"server"}'],
    ["drain server-3", 'break {"kind":"drain","node":"server-3"}'],
  ])("%s asks for %s", (command, asked) => {
    type(command);
    expect(source.asked).toEqual([asked]);
  });

  test("a cut from the rest names every other node", () => {
    type("cut server-0 rest");
    expect(source.asked[0]).toContain('"to":["manager-0","scheduler-0","server-1"');
    expect(source.asked[0]).toContain('"forMicros":null');
  });

  test.each([
    ["kill server-9", /no node "server-9": there are manager-0, /],
    ["goto soon", /moment "soon": a time such as 500ms, 2s or 12\.43 would do/],
    ["slow worker-0 0", /factor "0": a number from 1 to 1000 would do/],
    ["join bakery", /role "bakery": one of server, worker, manager, scheduler would do/],
    ["jump home", /no bookmark yet: m makes one/],
    ["frobnicate", /no command "frobnicate": tab lists them/],
    ["branch", /branch needs a seed/],
  ])("%s is refused with what would do", (command, reason) => {
    type(command);
    expect(source.asked).toEqual([]);
    expect(controls.state.message?.isBad).toBe(true);
    expect(controls.state.message?.text).toMatch(reason);
  });

  test("tab completes as far as all agree, then lists what is left", () => {
    expect(completed("ki", source)).toBe("kill ");
    expect(completed("kill se", source)).toBe("kill server-");
    expect(completions("kill server-", source)).toEqual(["server-0", "server-1", "server-2", "server-3"]);
    expect(completed("join w", source)).toBe("join worker ");
    press(":", ..."ki", "tab", ..."s", "tab", ..."2", "enter");
    expect(source.asked).toEqual(['break {"kind":"kill","node":"server-2","restartAfterMicros":null}']);
  });
});

describe("questions", () => {
  test(":key says which server masters a key, and marks its segment", () => {
    type("key 12345");
    expect(controls.state.message).toEqual({
      text: "key 12345 of weights: master server-3, copy at server-0; from 6.3 % to 13 % of the ring",
      isBad: false,
    });
    expect(controls.state.marked).toBe(view.ring.segments[1].begin);
  });

  test.each([
    ["key", /key "": a whole number would do, such as :key 12345/],
    ["key 123456", /no key 123456: weights has the keys 0 to 123455/],
    ["key 1 topics", /no parameter "topics": there is weights/],
  ])("%s is refused", (command, reason) => {
    type(command);
    expect(controls.state.message?.text).toMatch(reason);
    expect(controls.state.marked).toBeUndefined();
  });

  test("w says which worker is slowest and why", () => {
    press("w");
    expect(controls.state.message?.text).toMatch(
      /^slowest: worker-0, 4 tasks behind: computes since 1\.00 ms; busy 60 %/,
    );
  });

  test(":why says what a worker waits for", () => {
    type("why worker-2");
    expect(controls.state.message?.text).toBe(
      "worker-2: waits since 8.40 ms for task 115 at slot 0 (worker-0), tau 4",
    );
  });

  test("l says when the last failover was and how long it took", () => {
    press("l");
    expect(controls.state.message?.text).toBe(
      "last failover: server-1 lost at 0.150s, noticed after 310 ms, 4 segments taken over after 331 ms by server-2, server-3",
    );
  });
});

describe("harm", () => {
  test("the menu writes half of the command", () => {
    press("f", "k");
    expect(controls.state.prompt).toEqual({ kind: "command", text: "kill " });
  });

  test("is asked for twice on a real cluster", () => {
    start(new FixedSource(view, { ...all, confirmBreak: true }, "live"));
    type("kill server-0");
    expect(source.asked).toEqual([]);
    expect(controls.state.question?.text).toBe("kill server-0 on fixture: sure? y/n");
    press("n");
    expect(source.asked).toEqual([]);
    type("kill server-0");
    press("y");
    expect(source.asked).toHaveLength(1);
  });

  test("is not offered where the source cannot do it", () => {
    start(new FixedSource(view));
    press("f");
    expect(controls.state).toMatchObject({
      overlay: undefined,
      message: { text: "a recorded run cannot be broken from here", isBad: true },
    });
    type("kill server-0");
    expect(controls.state.message?.text).toBe("kill: a recorded run cannot do that");
    expect(completions("", source)).not.toContain("kill");
    expect(source.asked).toEqual([]);
  });
});
