/** A node of any role, by its name. */
import type { Application } from "./application.ts";
import { unreachable } from "./assert.ts";
import type { Compressor } from "./compressor.ts";
import { roleOf } from "./ids.ts";
import { Manager } from "./manager/manager.ts";
import { NodeShell } from "./node-shell.ts";
import type { NodeOptions } from "./options.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import { Server } from "./server/server.ts";
import type { RoleLogic, Shell } from "./shell.ts";
import { LineageRole } from "./shell/lineage-role.ts";
import { Worker } from "./worker/worker.ts";

export interface NodeParts {
  readonly compressor: Compressor;
  /** The application of a job, by the name that the job gives. */
  readonly applications: (name: string) => Application | undefined;
}

export function createNode(options: NodeOptions, parts: NodeParts): NodeShell {
  const { compressor, applications } = parts;
  return new NodeShell({ options, compressor, role: (shell) => roleLogic(shell, applications) });
}

function roleLogic(shell: Shell, applications: NodeParts["applications"]): RoleLogic {
  const role = roleOf(shell.id);
  switch (role) {
    case "server":
      return new LineageRole(shell, (scope) => new Server(scope, applications));
    case "worker":
      return new LineageRole(shell, (scope) => new Worker(scope, applications));
    case "scheduler":
      return new LineageRole(shell, (scope) => new Scheduler(scope, applications));
    case "manager":
      return new Manager(shell);
    default:
      return unreachable(role);
  }
}
