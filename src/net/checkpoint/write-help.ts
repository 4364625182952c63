/** The system names a file where it can, which is not where a disk is full, and never what would help. */
export function writeHelp(error: unknown, folder: string): string {
  switch ((error as { readonly code?: unknown }).code) {
    case "EACCES":
    case "EPERM":
      return `let the user that this node runs as write to ${folder}`;
    case "EROFS":
      return `mount ${folder} writable, or name another folder by --checkpoint-dir`;
    case "ENOSPC":
    case "EDQUOT":
      return `make room in ${folder}, or name another folder by --checkpoint-dir`;
    default:
      return `is ${folder} a folder to which this node can write?`;
  }
}
