/** What etcd says no with, what that means for a request, and what a person is told would help. */
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { judge, said } from "../../../src/net/registry/etcd/etcd-errors.ts";

test.each<[string, status, string, string]>([
  [
    "etcdserver: mvcc: database space exceeded",
    status.RESOURCE_EXHAUSTED,
    "elsewhere",
    "--quota-backend-bytes",
  ],
  ["etcdserver: no leader", status.UNAVAILABLE, "elsewhere", "most of etcd's members must run"],
  ["etcdserver: too many requests", status.RESOURCE_EXHAUSTED, "elsewhere", "overloaded"],
  ["etcdserver: request timed out", status.UNAVAILABLE, "unknown", "most of etcd's members must run"],
  ["etcdserver: request is too large", status.INVALID_ARGUMENT, "refused", "--max-request-bytes"],
  ["etcdserver: user name is empty", status.INVALID_ARGUMENT, "forbidden", "--registry-user"],
  ["etcdserver: permission denied", status.PERMISSION_DENIED, "forbidden", "grant-permission"],
  ["unknown service etcdserverpb.KV", status.UNIMPLEMENTED, "forbidden", "no etcd of version 3"],
])("%s", (details, code, type, help) => {
  const verdict = judge({ code, details });
  expect(verdict.type).toBe(type);
  const text = said("10.0.0.1:2379", details, "help" in verdict ? verdict.help : "");
  expect(text).toMatch(/^etcd at 10\.0\.0\.1:2379: /);
  expect(text).toContain(help);
});

test("what was compacted is read anew, and nothing else is taken for it", () => {
  const details = "etcdserver: mvcc: required revision has been compacted";
  expect(judge({ code: status.OUT_OF_RANGE, details })).toEqual({ type: "compacted" });
  expect(judge({ code: status.OUT_OF_RANGE, details: "something else" }).type).toBe("unknown");
});
