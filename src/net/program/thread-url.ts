/**
 * Where a thread's module is, that stands beside the one at `url`. Node runs no TypeScript: from the sources, the built
 * one is taken.
 */
export function threadUrl(name: string, url: string): URL {
  if (!url.endsWith(".ts")) return new URL(`./${name}.js`, url);
  const sources = url.lastIndexOf("/src/");
  return new URL(`./${name}.js`, `${url.slice(0, sources)}/dist/${url.slice(sources + "/src/".length)}`);
}
