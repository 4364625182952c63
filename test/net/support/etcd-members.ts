/** Tests that need an etcd: where there is none they say so. */
import { describe, test } from "vitest";
import { etcdPath } from "../../../bench/etcd-members.ts";

export { EtcdMembers } from "../../../bench/etcd-members.ts";

const isCi: boolean = process.env.CI === "true";

/** Describes tests that need etcd. Without it they say so, loudly; where everything must have run that is a failure. */
export function describeWithEtcd(title: string, suite: () => void): void {
  const missing = `etcd is not on the PATH, so that "${title}" is NOT tested: apt-get install etcd-server brings it`;
  if (etcdPath === undefined && !isCi) process.stderr.write(`\n*** SKIPPED: ${missing}\n\n`);
  describe.skipIf(etcdPath === undefined)(title, () => {
    suite();
  });
  test(`etcd is there for "${title}", or this is no CI`, () => {
    if (etcdPath === undefined && isCi) throw new Error(missing);
  });
}
