import type { RelativeBudget } from '../budgets/budgets.ts';
import type { Expendable } from '../database/open-database.ts';
import type { ScenarioMeasurements } from '../gate/measurements.ts';

/** What a scenario is run with; a budgets file may give others. */
export type Params = Readonly<Record<string, string | number>>;

/** Something that can be measured. */
export interface Scenario {
  /** One line, for `list`. */
  readonly about: string;
  readonly params: Params;
  readonly run: (context: ScenarioContext) => Promise<ScenarioMeasurements>;
}

export interface ScenarioContext {
  readonly database: Expendable;
  readonly params: Params;
  /** Folder whose build is measured. */
  readonly root: string;
  /** Folder of the build that it is compared with, and how long. */
  readonly against?: { readonly root: string; readonly budgets: readonly RelativeBudget[] } | undefined;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}
