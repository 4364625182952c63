/** What workers are told in the name of the present term: tasks that may go out, and how far the job is. */
import type { NodeId } from "../ids.ts";
import type { Message } from "../message/message.ts";
import type { Shell } from "../shell.ts";
import type { Frontier, TaskSpec } from "../tasks/task.ts";
import type { Leadership } from "./leadership.ts";
import type { TaskBoard } from "./task-board.ts";

export class Issuing {
  private readonly shell: Shell;
  private readonly leadership: Leadership;
  /** In which workers have finished tasks. */
  private newestView: number = 0;

  constructor(shell: Shell, leadership: Leadership) {
    this.shell = shell;
    this.leadership = leadership;
  }

  /** A worker has finished a task in this view. */
  finishedIn(view: number): void {
    this.newestView = Math.max(this.newestView, view);
  }

  tell(nodes: readonly NodeId[], frontier: Frontier): void {
    const { term } = this.leadership;
    if (term === undefined) return;
    for (const node of nodes)
      this.shell.send(node, "control", { type: "frontier", term, view: this.view, frontier });
  }

  issue(workers: readonly NodeId[], tasks: readonly TaskSpec[], board: TaskBoard): void {
    const { term } = this.leadership;
    if (term === undefined) return;
    const frontier = board.frontier.toFrontier();
    const message: Message = { type: "issue", term, view: this.view, tasks, frontier };
    for (const worker of workers) this.shell.send(worker, "control", message);
  }

  /** Sends the tasks that may go out, and the frontier with them, or alone where it is news. */
  spread(workers: readonly NodeId[], board: TaskBoard, isNews: boolean): void {
    if (this.leadership.term === undefined) return;
    const tasks = board.takeSendable();
    if (tasks.length > 0) this.issue(workers, tasks, board);
    else if (isNews) this.tell(workers, board.frontier.toFrontier());
  }

  /** Whoever goes on from what has finished must have adopted it. */
  private get view(): number {
    return Math.max(this.newestView, this.shell.view?.number ?? 0);
  }
}
