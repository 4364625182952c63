/** Why a node stopped of which a merged trace knows no end: what it said last may not be in its file. */
export const killedReason = "killed: its trace ends here";
