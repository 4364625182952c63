/** What etcd's errors mean for a request, and what a person can do about them. */
import { status } from "@grpc/grpc-js";

export interface CallError {
  readonly code: status;
  readonly details: string;
}

export type Verdict =
  /** It was not done: another member, or the same one later, may do it. */
  | { readonly type: "elsewhere"; readonly help: string }
  /** It may have been done. */
  | { readonly type: "unknown"; readonly help: string }
  /** It was not done: the token is unknown or old. */
  | { readonly type: "unauthenticated" }
  /** It was not done: what the revision holds is forgotten. */
  | { readonly type: "compacted" }
  /** It was not done: there is no such lease. */
  | { readonly type: "no-lease" }
  /** It was not done: there is such a lease already. */
  | { readonly type: "lease-taken" }
  /** It was not done, and never will be. */
  | { readonly type: "refused"; readonly help: string }
  /** Nothing that this caller asks will ever be done. */
  | { readonly type: "forbidden"; readonly help: string };

/** By etcd's own texts (api/v3rpc/rpctypes/error.go): its codes alone do not say what was done. */
const verdicts: readonly (readonly [text: string, verdict: Verdict])[] = [
  ["no leader", { type: "elsewhere", help: "most of etcd's members must run and reach each other" }],
  ["not capable", { type: "elsewhere", help: "the member is starting, or older than version 3.4" }],
  ["too many requests", { type: "elsewhere", help: "etcd is overloaded" }],
  [
    "database space exceeded",
    {
      type: "elsewhere",
      help: "compact and defragment etcd, or raise --quota-backend-bytes; then etcdctl alarm disarm",
    },
  ],
  ["request timed out", { type: "unknown", help: "most of etcd's members must run and reach each other" }],
  ["request is too large", { type: "refused", help: "raise etcd's --max-request-bytes" }],
  ["too many operations in txn", { type: "refused", help: "raise etcd's --max-txn-ops" }],
  ["too large lease TTL", { type: "refused", help: "ask for a shorter lease" }],
  ["required revision has been compacted", { type: "compacted" }],
  ["requested lease not found", { type: "no-lease" }],
  ["lease already exists", { type: "lease-taken" }],
  ["invalid auth token", { type: "unauthenticated" }],
  ["revision of auth store is old", { type: "unauthenticated" }],
  ["user name is empty", { type: "forbidden", help: "give --registry-user, and its password" }],
  [
    "invalid user ID or password",
    { type: "forbidden", help: "check --registry-user and TAURING_REGISTRY_PASSWORD" },
  ],
  [
    "permission denied",
    {
      type: "forbidden",
      help: "grant the user's role readwrite on the prefix (etcdctl role grant-permission)",
    },
  ],
];

export function judge({ code, details }: CallError): Verdict {
  const known = verdicts.find(([text]) => details.includes(text));
  if (known !== undefined) return known[1];
  switch (code) {
    case status.UNIMPLEMENTED:
      return { type: "forbidden", help: "what listens there is no etcd of version 3" };
    case status.PERMISSION_DENIED:
    case status.UNAUTHENTICATED:
      return { type: "forbidden", help: "check the user and the certificates" };
    case status.RESOURCE_EXHAUSTED:
      return { type: "refused", help: "answerBytesMax is too small for it" };
    default:
      return { type: "unknown", help: "" };
  }
}

/** What stands before what can be done about it. */
export function said(address: string, details: string, help: string): string {
  const words = details
    .replace(/^etcdserver: /, "")
    .replace(/ Resolution note: $/, "")
    .replace(/^No connection established\. Last error: (?:Error: )?(.*?)\.?$/, "no connection: $1")
    // How long it was waited for is another number each time.
    .replace(/^Deadline exceeded.*$/s, "no answer in time");
  const text = `etcd at ${address}: ${words}`;
  return help === "" ? text : `${text} (${help})`;
}
