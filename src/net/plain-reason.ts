/** What grpc-js says of a call that failed, without what it says around it, on which nobody can act. */
export function plainReason(details: string): string {
  return details
    .replace(/^No connection established\. Last error: (Error: )?/, "")
    .replace(/\.? Resolution note: .*$/, "")
    .replace(/ \(\d{4}-\d{2}-\d{2}T[0-9:.]+Z\)$/, "");
}
