/**
 * Nothing under core/ or apps/ reads a clock, a random source or the outside world, nor leaves work for later. The linter
 * holds that for what is written; here it is held for what runs: such a call while a node or a program computes throws.
 */

let isInside = false;
let areArmed = false;

/** Calls into core or an application. */
export function within<T>(what: () => T): T {
  enter();
  try {
    return what();
  } finally {
    leave();
  }
}

/** The same for who calls so often that a function for each would tell: `leave` comes in any case. */
export function enter(): void {
  isInside = true;
}

export function leave(): void {
  isInside = false;
}

/** Once a process: outside of `within` everything is as it was. */
export function armTripwires(): void {
  if (areArmed) return;
  areArmed = true;
  const global = globalThis as unknown as Record<string, object>;
  for (const [owner, names] of outside(global)) {
    for (const name of names) guard(owner, name);
  }
  global.Date = guardedDate(global.Date as DateConstructor);
}

function outside(global: Record<string, object>): readonly (readonly [object, readonly string[]])[] {
  return [
    [global.Math, ["random"]],
    [global.performance, ["now"]],
    [global.process, ["hrtime", "nextTick", "uptime", "cpuUsage", "memoryUsage"]],
    [global.crypto, ["getRandomValues", "randomUUID"]],
    [global, ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "fetch"]],
  ];
}

function guard(owner: object, name: string): void {
  const real = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
  const guarded = new Proxy(real, {
    apply: (target, self, args) => {
      if (isInside) trip(name);
      return Reflect.apply(target, self, args);
    },
  });
  Object.defineProperty(owner, name, { value: guarded, configurable: true, writable: true });
}

function guardedDate(real: DateConstructor): DateConstructor {
  const now = (): number => {
    if (isInside) trip("Date.now");
    return real.now();
  };
  return new Proxy(real, {
    apply: () => {
      if (isInside) trip("Date");
      return real();
    },
    construct: (target, args, self) => {
      if (isInside && args.length === 0) trip("new Date");
      return Reflect.construct(target, args, self) as Date;
    },
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
}

function trip(name: string): never {
  throw new Error(`Invariant: core and applications call no ${name}: the same events give the same effects`);
}
