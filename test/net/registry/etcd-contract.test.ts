import { afterAll, beforeAll } from "vitest";
import { registryContract } from "../../contract/registry.ts";
import { describeWithEtcd, EtcdMembers } from "../support/etcd-members.ts";
import { etcdWorld } from "../support/etcd-world.ts";

describeWithEtcd("three members of etcd", () => {
  let members: EtcdMembers;
  beforeAll(async () => {
    members = await EtcdMembers.start({ count: 3 });
  });
  afterAll(() => members?.close());
  registryContract("etcd", "connected", () => etcdWorld(members));
});
