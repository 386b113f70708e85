import { didYouMean } from '../files/nearest.ts';
import { ownOf } from '../files/own-of.ts';
import { type Document, type DocumentFault, readDocument } from '../files/read-document.ts';
import { LoadtestError } from '../loadtest-error.ts';
import type { Budgets, Profile, ScenarioBudget } from './budgets.ts';
import { budgetsSchema } from './budgets-schema.ts';

type Fault = Omit<DocumentFault, 'line'>;

/**
 * Reads a budgets file. Whatever would make it judge less than it seems to is a fault: unknown metrics and keys, keys that
 * stand twice, profiles and scenarios that are not there, a scenario that judges nothing, a limit without a bound or with two.
 *
 * @throws LoadtestError `BUDGETS_INVALID`, with a line for each fault
 */
export const parseBudgets = (text: string, file = 'budgets.json'): Document<Budgets> =>
  readDocument(text, { file, schema: budgetsSchema, code: 'BUDGETS_INVALID', check: faultsOf });

/** The scenarios of a profile and of those that it extends, in order, each once. */
export function scenariosOf(
  { profiles, scenarios }: Budgets,
  name: string,
): readonly (readonly [string, ScenarioBudget])[] {
  const included = new Set(
    chain(profiles, name)
      .toReversed()
      .flatMap(({ include }) => include),
  );
  return [...included].flatMap((scenario) => {
    const budget = scenarios[scenario];
    return budget === undefined ? [] : [[scenario, budget] as const];
  });
}

/** A profile and those that it extends, itself first. */
function chain(profiles: Budgets['profiles'], name: string): readonly Profile[] {
  const profile = ownOf(profiles, name);
  if (profile === undefined) {
    const names = Object.keys(profiles);
    throw new LoadtestError(
      'OPTION_INVALID',
      `There is no profile "${name}".${didYouMean(name, names)} There are ${names.join(', ')}`,
      { profile: name },
    );
  }
  return profile.extends === undefined ? [profile] : [profile, ...chain(profiles, profile.extends)];
}

/** Whether what cannot be decided fails the gate: as the profile says, or the nearest that it extends. */
export const onInconclusive = ({ profiles }: Budgets, name: string): 'warn' | 'fail' =>
  chain(profiles, name).find((profile) => profile.onInconclusive !== undefined)?.onInconclusive ?? 'warn';

function faultsOf({ profiles, scenarios }: Budgets): readonly Fault[] {
  const names = Object.keys(scenarios);
  return [
    ...(Object.keys(profiles).length === 0
      ? [{ path: ['profiles'], message: 'There must be at least one profile' }]
      : []),
    ...Object.entries(profiles).flatMap(([name, profile]) => profileFaults(name, profile, profiles, names)),
    ...Object.entries(scenarios).flatMap(([name, scenario]) => scenarioFaults(name, scenario)),
  ];
}

function profileFaults(
  name: string,
  { extends: parent, include }: Profile,
  profiles: Budgets['profiles'],
  scenarios: readonly string[],
): readonly Fault[] {
  const unknown = include.flatMap((scenario, i): Fault[] =>
    scenarios.includes(scenario)
      ? []
      : [
          {
            path: ['profiles', name, 'include', i],
            message: `There is no scenario "${scenario}".${didYouMean(scenario, scenarios)}`,
          },
        ],
  );
  if (parent === undefined) {
    const message = 'A profile must include a scenario';
    return include.length === 0 ? [{ path: ['profiles', name, 'include'], message }] : unknown;
  }
  const path = ['profiles', name, 'extends'];
  if (!Object.hasOwn(profiles, parent)) {
    return [
      ...unknown,
      { path, message: `There is no profile "${parent}".${didYouMean(parent, Object.keys(profiles))}` },
    ];
  }
  return extendsItself(name, profiles) ? [...unknown, { path, message: `"${name}" extends itself` }] : unknown;
}

function extendsItself(name: string, profiles: Budgets['profiles']): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = name; at !== undefined; at = profiles[at]?.extends) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

function scenarioFaults(name: string, { slo = [], counters = [], relative = [] }: ScenarioBudget): readonly Fault[] {
  const at = (kind: string, i: number) => ['scenarios', name, kind, i];
  const bounds = slo.flatMap((budget, i): Fault[] => {
    const given = [budget.max, budget.maxExclusive, budget.min, budget.minExclusive].filter(
      (value) => value !== undefined,
    );
    const message = `needs exactly one of max, maxExclusive, min and minExclusive, has ${given.length}`;
    return given.length === 1 ? [] : [{ path: at('slo', i), message }];
  });
  const rounds = relative.flatMap(({ rounds: [least, most] = [8, 24] }, i): Fault[] =>
    least <= most
      ? []
      : [{ path: [...at('relative', i), 'rounds'], message: `must have the less first, got ${least}, ${most}` }],
  );
  const repeated = [...repeats('counters', counters), ...repeats('relative', relative)].map(
    ([kind, i, metric]): Fault => ({ path: at(kind, i), message: `has a second budget for ${metric}` }),
  );
  const nothing = slo.length + counters.length + relative.length === 0;
  const judges: Fault[] = nothing
    ? [{ path: ['scenarios', name], message: 'needs a budget in slo, counters or relative' }]
    : [];
  return [...bounds, ...rounds, ...repeated, ...judges];
}

/** Two limits for one metric, of which one would be forgotten when the other is changed. */
const repeats = (kind: string, budgets: readonly { readonly metric: string }[]): [string, number, string][] =>
  budgets.flatMap(({ metric }, i) =>
    budgets.findIndex((other) => other.metric === metric) < i ? [[kind, i, metric] as [string, number, string]] : [],
  );
