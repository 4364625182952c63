/** What is wrong with a file of data is its owner's news, not a bug of ours. */
import { DataError } from "../data/index.ts";
import { CommandError, exitCodes } from "./exit.ts";

export async function dataError<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DataError) throw new CommandError(exitCodes.data, error.message);
    throw error;
  }
}
