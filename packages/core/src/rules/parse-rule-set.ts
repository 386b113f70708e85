import { checkExpression, exactInt, type Scope, TYPE_NAMES } from './check-expression.ts';
import { type Interval, join } from './interval.ts';
import { INT4_MAX, INT4_MIN, LIMITS } from './limits.ts';
import type { IntType, Node, Program, Type } from './node.ts';
import { parseFields } from './parse-fields.ts';
import { arrayAt, choice, keysOf, nameAt, objectAt, textAt } from './parse-json.ts';
import type { Mode, Policies, RuleSet } from './rule-set.ts';
import { RuleSetError } from './rule-set-error.ts';

export type ParsedRuleSet =
  | { readonly ok: true; readonly ruleSet: RuleSet }
  | { readonly ok: false; readonly error: RuleSetError };

/**
 * Reads a rule set from JSON and checks all of it: shapes, names, types, and that no row within the fields' bounds can
 * overflow. The rule set that is returned is a frozen copy.
 */
export function parseRuleSet(json: unknown): ParsedRuleSet {
  try {
    return { ok: true, ruleSet: compile(json).ruleSet };
  } catch (error) {
    if (error instanceof RuleSetError) return { ok: false, error };
    throw error;
  }
}

/** {@link parseRuleSet} for rule sets that are known to be good. @throws RuleSetError */
export function assertRuleSet(json: unknown): RuleSet {
  return compile(json).ruleSet;
}

const programs = new WeakMap<object, Program>();

/** The checked form of a rule set. Parsed once for each frozen rule set. @throws RuleSetError */
export function compile(json: unknown): Program {
  const known = typeof json === 'object' && json !== null ? programs.get(json) : undefined;
  if (known !== undefined) return known;
  const program = parse(json, LIMITS.tieBreaks);
  programs.set(program.ruleSet, program);
  return program;
}

/** {@link compile} for a fold, whose values take the place of tie-breaks. */
export function compileFold(json: unknown, values: number): Program {
  const program = parse(json, values);
  programs.set(program.ruleSet, program);
  return program;
}

function parse(json: unknown, tieBreaks: number): Program {
  const raw = objectAt(json, '');
  keysOf(
    raw,
    '',
    ['id', 'version', 'fields', 'mode', 'rules'],
    ['define', 'modifiers', 'tieBreak', 'late', 'void', 'policies'],
  );
  const id = textAt(raw['id'], 'id', 1);
  const version = raw['version'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1 || version > INT4_MAX) {
    throw new RuleSetError('SHAPE', 'version', 'A version is a whole number from 1 on.', version);
  }
  const fields = parseFields(raw['fields']);
  const mode = choice(raw['mode'], 'mode', MODES);
  const policies = parsePolicies(raw['policies']);

  const defines: { id: string; value: Node }[] = [];
  const named = new Map<string, { index: number; type: Type }>();
  const scope: Scope = {
    fields: new Map(
      fields.map(({ name, type, field }, index) => [name, { index, type, optional: field.optional === true }]),
    ),
    defines: named,
    budget: { nodes: LIMITS.nodes },
  };
  for (const [item, path] of items(raw['define'], 'define', 0, LIMITS.definitions, ['id', 'value'])) {
    const name = nameAt(item['id'], `${path}.id`);
    if (scope.fields.has(name) || named.has(name)) throw duplicate(name, `${path}.id`);
    const value = checkExpression(item['value'], `${path}.value`, scope);
    named.set(name, { index: defines.length, type: value.type });
    defines.push({ id: name, value });
  }
  const condition = (value: unknown, path: string): Node =>
    typed(checkExpression(value, path, scope), 'bool', path, value);
  const integer = (value: unknown, path: string, within: Scope = scope): Node => {
    const node = typed(checkExpression(value, path, within), 'int', path, value);
    assertInt4(node.type as IntType, path);
    return node;
  };
  const late = raw['late'] === undefined ? undefined : condition(raw['late'], 'late');
  const voided = raw['void'] === undefined ? undefined : condition(raw['void'], 'void');

  const rules = [...items(raw['rules'], 'rules', 1, LIMITS.rules, ['id', 'when', 'points'], ['label'])].map(
    ([item, path]) => ({
      id: identify(item, path),
      when: condition(item['when'], `${path}.when`),
      points: integer(item['points'], `${path}.points`),
    }),
  );
  assertUnique(rules, 'rules');

  let base = assertInt4(baseInterval(mode, rules), 'rules');
  const modifiers = [...items(raw['modifiers'], 'modifiers', 0, LIMITS.modifiers, ['id', 'value'], ['label'])].map(
    ([item, path]) => {
      const value = integer(item['value'], `${path}.value`, { ...scope, base });
      base = value.type as IntType;
      return { id: identify(item, path), value };
    },
  );
  assertUnique(modifiers, 'modifiers');
  const tieBreak = [...items(raw['tieBreak'], 'tieBreak', 0, tieBreaks, ['id', 'value'], ['order'])].map(
    ([item, path]) => {
      if (item['order'] !== undefined) choice(item['order'], `${path}.order`, ['desc', 'asc']);
      return { id: nameAt(item['id'], `${path}.id`), value: integer(item['value'], `${path}.value`) };
    },
  );
  assertUnique(tieBreak, 'tieBreak');
  const ruleSet = deepFreeze(structuredCopy({ ...raw, id }) as RuleSet);
  return { ruleSet, fields, defines, mode, rules, modifiers, tieBreak, late, void: voided, policies };
}

const MODES: readonly Mode[] = ['sum', 'first', 'max'];

function parsePolicies(json: unknown): Required<Policies> {
  const raw = json === undefined ? {} : objectAt(json, 'policies');
  keysOf(raw, 'policies', [], ['missing', 'late', 'void', 'correction']);
  const policy = <T extends string>(key: string, choices: readonly [T, ...T[]]): T =>
    raw[key] === undefined ? choices[0] : choice(raw[key], `policies.${key}`, choices);
  return {
    missing: policy('missing', ['reject', 'zero']),
    late: policy('late', ['reject', 'zero', 'score']),
    void: policy('void', ['reject', 'zero']),
    correction: policy('correction', ['rescore', 'keep']),
  };
}

/** What the rules can pay together, before modifiers. */
function baseInterval(mode: Mode, rules: readonly { readonly points: Node }[]): Interval {
  const points = rules.map((rule) => rule.points.type as IntType);
  if (mode !== 'sum') return points.reduce<Interval>(join, { lo: 0, hi: 0 });
  return points.reduce<Interval>(
    (sum, { lo, hi }) => ({ lo: sum.lo + Math.min(lo, 0), hi: sum.hi + Math.max(hi, 0) }),
    { lo: 0, hi: 0 },
  );
}

function assertInt4(interval: Interval, path: string): IntType {
  if (interval.lo >= INT4_MIN && interval.hi <= INT4_MAX) return exactInt(interval, path);
  throw new RuleSetError(
    'OVERFLOW',
    path,
    `This can reach ${interval.hi > INT4_MAX ? interval.hi : interval.lo}, beyond the ${INT4_MIN} to ${INT4_MAX} that a score holds in thousandths of a point. Narrow the fields' bounds, or clamp it with "min" and "max".`,
    interval,
  );
}

function typed(node: Node, kind: 'bool' | 'int', path: string, value: unknown): Node {
  if (node.type.kind === kind) return node;
  throw new RuleSetError(
    'OPERAND_TYPE',
    path,
    `Expected ${TYPE_NAMES[kind]}, got ${TYPE_NAMES[node.type.kind]}.`,
    value,
  );
}

function* items(
  json: unknown,
  path: string,
  least: number,
  most: number,
  required: readonly string[],
  optional: readonly string[] = [],
): Generator<[Record<string, unknown>, string]> {
  if (json === undefined && least === 0) return;
  for (const [i, item] of arrayAt(json, path, least, most).entries()) {
    const at = `${path}[${i}]`;
    const object = objectAt(item, at);
    keysOf(object, at, required, optional);
    yield [object, at];
  }
}

function identify(item: Record<string, unknown>, path: string): string {
  if (item['label'] !== undefined) textAt(item['label'], `${path}.label`, 0);
  return textAt(item['id'], `${path}.id`, 1);
}

function assertUnique(list: readonly { readonly id: string }[], path: string): void {
  const seen = new Set<string>();
  for (const [i, { id }] of list.entries()) {
    if (seen.has(id)) throw duplicate(id, `${path}[${i}].id`);
    seen.add(id);
  }
}

const duplicate = (id: string, path: string): RuleSetError =>
  new RuleSetError('DUPLICATE_ID', path, `"${id}" names something else already; ids are unique.`, id);

function structuredCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCopy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, structuredCopy(member)]),
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
