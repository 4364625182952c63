/** `tauring evaluate MODEL DATA…` */
import { DataError, evaluate, loadModel, loadShare } from "../../data/index.ts";
import { exitCodes } from "../exit.ts";
import { dataError } from "../files.ts";
import { print, printJson, say } from "../output.ts";

export interface EvaluateOptions {
  readonly format: "libsvm" | "criteo";
  readonly badLines: "fail" | "skip";
  readonly json?: boolean;
}

export async function evaluateModel(
  path: string,
  data: readonly string[],
  options: EvaluateOptions,
): Promise<number> {
  const result = await dataError(async () => {
    const { model } = await loadModel(path);
    const source = { paths: data, format: options.format, badLines: options.badLines };
    const { examples, summary } = await loadShare(source, 0, 1);
    if (summary.rows === 0)
      throw new DataError("there is no row to evaluate the model on", { file: data.join(", ") });
    return { summary, evaluation: evaluate(model, examples) };
  });
  const { evaluation, summary } = result;
  if (summary.badLines > 0) say(`${summary.badLines} bad lines were skipped`);
  if (options.json === true) {
    printJson({
      schema_version: 1,
      rows: summary.rows,
      bad_lines_skipped: summary.badLines,
      accuracy: evaluation.accuracy,
      auc: evaluation.auc ?? null,
      log_loss: evaluation.logLoss,
    });
  } else {
    print(`rows       ${summary.rows}`);
    print(`accuracy   ${(100 * evaluation.accuracy).toFixed(3)} %`);
    print(`AUC        ${evaluation.auc?.toFixed(4) ?? "undefined: the data has one class only"}`);
    print(`log-loss   ${evaluation.logLoss.toFixed(5)}`);
  }
  return exitCodes.success;
}
