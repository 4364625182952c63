/** Everything is said in lines that fit into 80 columns: a command stands below what it does. */
export function examples(...pairs: readonly (readonly [what: string, command: string])[]): string {
  return ["", "Examples", ...pairs.map(([what, command]) => `  # ${what}\n  $ tauring ${command}`)].join(
    "\n",
  );
}
