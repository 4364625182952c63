/** Exit codes (at the end of `tauring --help`), and errors that carry one. */
export const exitCodes = {
  success: 0,
  violated: 1,
  usage: 2,
  undecided: 3,
  unreachable: 4,
  refused: 5,
  data: 6,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;

/** What a command says when it cannot go on: no stack, one message, and the code to leave with. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The outside world said no, such as a disk that is full. Broken invariants and what the engine throws are our own. */
export function isWeather(error: unknown): error is Error {
  return error instanceof Error && error.constructor === Error && !error.message.startsWith("Invariant: ");
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export const exitCodesHelp: string = `Exit codes
    0  success; a simulation finished and every check held
    1  a check was violated, or the job failed
    2  usage or configuration error; nothing was started
    3  undecided: the horizon was reached
    4  the cluster cannot be reached
    5  refused: identity or permission, or the cluster has a job already
    6  data error: a model, trace or data file is broken or cannot be written
   70  a bug in tauring: please report it with the command
  130  interrupted (Ctrl-C), after a clean stop
  143  terminated (SIGTERM, SIGHUP), after a clean stop`;
