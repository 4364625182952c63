/** The other process of the transport bench: listens in every way there is, and says where. */
import { type FarEnd, type LinkKind, linkKinds, listen } from "./links.ts";

const ends = {} as Record<LinkKind, FarEnd>;
for (const kind of linkKinds) ends[kind] = await listen(kind);
process.on("disconnect", () => process.exit());
process.send?.(ends);
