import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { drawContest } from '../contests/draw-contest.ts';
import { GOLDENS, GROUP_OF, numberOf } from '../contests/testing/world-cup-2026.ts';
import { decodeColumn, transportSql } from './decode-column.ts';
import { LIMITS } from './limits.ts';
import type { Expr, RuleSet } from './rule-set.ts';
import type { SqlColumn } from './sql-column.ts';
import { toFunction } from './to-function.ts';
import { toSql } from './to-sql.ts';

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client((await testDatabase()).url);
  await client.connect();
});
afterAll(() => client.end());

describe('the draw contest in Postgres', () => {
  test.each(GOLDENS)('%s', async (_, teams, points, placed) => {
    const relation = `(select '{${teams}}'::int2[] as teams, '{${GROUP_OF}}'::int8[] as group_of, ${numberOf('Iran')} as marked) p`;
    const { text, values } = toSql(drawContest, {
      from: relation,
      columns: {
        teams: { sql: 'p.teams', type: 'ints' },
        groupOf: { sql: 'p.group_of', type: 'ints' },
        marked: { sql: 'p.marked', type: 'int' },
      },
    });
    const { rows } = await client.query(text, values);
    expect(rows).toEqual([expect.objectContaining({ milli: points * 1000, reason: 0, tie_1: placed })]);
  });
});

const one = (fields: RuleSet['fields'], when: Expr): RuleSet => ({
  id: 'x',
  version: 1,
  fields,
  mode: 'sum',
  rules: [{ id: 'r', when, points: 1 }],
});

test.each([
  ['int2', 'int4', 0, 99],
  ['int4', 'int8', -3, 63],
  ['int8', 'int2', 0, 1],
  ['int4', 'int4', 0, 2 ** 31 - 1],
  ['int8', 'int8', 0, 2 ** 31 - 2],
  ['int4', 'int2', -1, 0],
] as const)(
  'numbers that are looked at together, %s and %s of %i to %i, are refused for the same reason as one by one',
  async (a, b, min, max) => {
    const ruleSet = one({ a: { type: 'int', min, max }, b: { type: 'int', min, max } }, ['le', '$b', '$a']);
    const edges = [null, -32768, -4, -3, -2, -1, 0, 1, 2, 62, 63, 64, 65, 98, 99, 100, 127, 128, 32767, max];
    const wide = [...edges, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1];
    const values = (type: 'int2' | 'int4' | 'int8'): (number | null)[] =>
      wide.filter((value) => value === null || Math.abs(value) < { int2: 2 ** 15, int4: 2 ** 31, int8: 2 ** 53 }[type]);
    const pairs = values(a).flatMap((left) => values(b).map((right) => ({ a: left, b: right })));
    const { text } = toSql(ruleSet, {
      from: `jsonb_to_recordset('${JSON.stringify(pairs)}') as p (a ${a}, b ${b})`,
      columns: { a: { sql: 'p.a', type: 'int' }, b: { sql: 'p.b', type: 'int' } },
    });
    expect(text).toContain('p.a | p.b');
    const { rows } = await client.query(text);
    const { score } = toFunction(ruleSet);
    expect(rows.map(({ milli, reason }) => ({ milli, reason }))).toEqual(
      pairs.map((pair) => score(pair)).map(({ milli, reason }) => ({ milli: reason === 0 ? milli : null, reason })),
    );
  },
);

test('two fields without a column raised "operator is not unique" where they are missing', async () => {
  const ruleSet = one({ a: { type: 'int', min: 0, max: 99 }, b: { type: 'int', min: 0, max: 99 } }, ['le', '$b', '$a']);
  const { text } = toSql(ruleSet, {
    from: '(select 1) p',
    columns: { a: { sql: 'null', type: 'int' }, b: { sql: 'NULL', type: 'int' } },
  });
  expect((await client.query(text)).rows).toEqual([{ milli: null, fired: '0', reason: 1 }]);
});

test("texts are equal by code point, whatever the column's collation calls equal", async () => {
  await client.query(`create collation careless (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
    create table pick (team text collate careless); insert into pick values ('Curaçao'), ('curacao'), ('CURACAO')`);
  const { rows: careless } = await client.query("select count(*)::int from pick where team = 'curacao'");
  expect(careless).toEqual([{ count: 3 }]); // the collation is as careless as it should be for this test
  const text = (value: string): Expr => ['text', value];
  for (const when of [
    ['eq', '$team', text('curacao')],
    ['eq', text('curacao'), '$team'],
    ['in', '$team', ['curacao']],
    ['eq', ['lookup', [['curacao', 1]], '$team', 0], 1],
    ['eq', ['if', ['eq', '$team', text('x')], text('y'), '$team'], text('curacao')],
  ] as Expr[]) {
    for (const fields of [
      { team: { type: 'text' } },
      { team: { type: 'text', oneOf: ['Curaçao', 'curacao', 'CURACAO'] } },
    ] as const) {
      // biome-ignore format: one line
      const columns = { team: { sql: 'pick.team', type: 'text' } } as const;
      const { text, values } = toSql(one(fields, when), { from: 'pick', carry: { team: 'team' }, columns });
      const { rows } = await client.query(`select team from (${text}) scored where fired = 1`, values);
      expect(rows).toEqual([{ team: 'curacao' }]);
    }
  }
});

test('SQL in a text stays a text', async () => {
  const evil = `'; drop table pick; -- $1 " \\`;
  const { text, values } = toSql(one({ t: { type: 'text' } }, ['eq', '$t', ['text', evil]]), {
    from: '(select $1::text as t) p',
    columns: { t: { sql: 'p.t', type: 'text' } },
    firstParameter: 2,
  });
  expect([text.includes('drop'), values]).toEqual([false, [evil]]);
  const { rows } = await client.query(text, [evil, ...values]);
  expect(rows).toMatchObject([{ fired: '1' }]);
});

test('a row without a required integer raised "bigint out of range", since least leaves out what is NULL', async () => {
  const large = 2 ** 32;
  const large3 = (of: (x: Expr) => Expr): Expr => ['mul', of('$x'), of('$x'), of('$x')];
  for (const product of [
    large3((x) => ['min', x, large]),
    large3((x) => ['max', ['sub', 0, x], -large]),
    large3((x) => ['min', ['if', ['eq', x, 1], x, ['abs', x]], large]),
    large3((x) => ['sub', ['min', ['add', x, 1], large], 1]),
  ] as Expr[]) {
    const ruleSet = one({ x: { type: 'int', min: 1, max: 7 } }, ['le', product, 343]);
    const from = '(values (7), (null)) as p(x)';
    const { text, values } = toSql(ruleSet, { from, columns: { x: { sql: 'p.x', type: 'int' } } });
    const { rows } = await client.query(text, values);
    const scorer = toFunction(ruleSet);
    for (const [i, x] of [7, null].entries()) {
      const { milli, reason } = scorer.score({ x });
      expect(rows[i]).toMatchObject({ milli, reason });
    }
  }
});

test('the sum of three rules of an integer out of bounds raised "integer out of range", though the row is refused', async () => {
  const rule = (id: string) => ({ id, when: true, points: '$x' }) as const;
  const ruleSet: RuleSet = {
    id: 'x',
    version: 1,
    fields: { x: { type: 'int', min: 0, max: 600_000_000 } },
    mode: 'sum',
    rules: [rule('a'), rule('b'), rule('c')],
  };
  const from = '(values (600000000), (1073741823), (2147483647)) as p(x)';
  const { text, values } = toSql(ruleSet, { from, columns: { x: { sql: 'p.x', type: 'int' } } });
  const { rows } = await client.query(text, values);
  expect(rows.map(({ milli }) => milli)).toEqual([1_800_000_000, null, null]);
});

test('a carried name that is none or is taken, a missing column and one of another class are refused', () => {
  const ruleSet = one({ b: { type: 'bool' } }, '$b');
  const columns = { b: { sql: 'p.b', type: 'bool' } } as const;
  for (const name of ['x" ; --', 'milli'])
    expect(() => toSql(ruleSet, { from: 'p', carry: { [name]: 'p.b' }, columns })).toThrow('What is carried goes by');
  expect(() => toSql(ruleSet, { from: 'p', columns: {} })).toThrow(
    'fields.b: toSql needs a column of type bool, got none.',
  );
  expect(() => toSql(ruleSet, { from: 'p', columns: { b: { sql: 'p.b', type: 'int' } } })).toThrow(
    'got one of type "int"',
  );
});

describe('the largest rule sets there may be', () => {
  const fields = Object.fromEntries(
    Array.from({ length: LIMITS.fields }, (_, i) => [`f${i}`, { type: 'int', min: 0, max: 9 } as const]),
  );
  const row = Object.fromEntries(Object.keys(fields).map((name, i) => [name, i % 10]));
  const columns = Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, { sql: `${value}`, type: 'int' } as const]),
  );
  const both = async (ruleSet: RuleSet): Promise<unknown> => {
    const js = toFunction(ruleSet).score(row);
    const { text, values } = toSql(ruleSet, { from: '(select 1) p', columns });
    const { rows } = await client.query(text, values);
    expect(rows[0]).toMatchObject({ milli: js.milli, fired: String(js.fired), reason: js.reason });
    return js.milli;
  };
  const names = Object.keys(fields).map((name) => `$${name}`);
  const shape = { id: 'x', version: 1, fields } as const;

  test('as many nodes, fields and rules as allowed', async () => {
    const rules = Array.from({ length: 63 }, (_, i) => ({
      id: `${i}`,
      when: ['le', ['add', ...names.slice(0, 50)], 180 + i] as Expr,
      points: i,
    }));
    expect(await both({ ...shape, mode: 'sum', rules })).toBeGreaterThan(0);
    expect(await both({ ...shape, mode: 'max', rules })).toBe(62);
    expect(await both({ ...shape, mode: 'first', rules })).toBeGreaterThan(0);
  });

  test('definitions that double each time do not double the SQL', async () => {
    const define = Array.from({ length: LIMITS.definitions }, (_, i) => ({
      id: `d${i}`,
      value: (i === 0 ? '$f1' : ['mod', ['add', `$d${i - 1}`, `$d${i - 1}`, 1], 97]) as Expr,
    }));
    const ruleSet: RuleSet = { ...shape, mode: 'sum', define, rules: [{ id: 'r', when: true, points: '$d63' }] };
    expect(toSql(ruleSet, { from: '(select 1) p', columns }).text.length).toBeLessThan(50_000);
    await both(ruleSet);
  });

  test('calls nested as deep as allowed, each writing its operand often', async () => {
    let deep: Expr = '$f9';
    for (let i = 0; i < LIMITS.depth / 2; i++) deep = ['div', ['sub', deep, 5], 1, 'half-even'];
    await both({ ...shape, mode: 'sum', rules: [{ id: 'r', when: true, points: deep }] });
    let wide: Expr = ['add', ...new Array<Expr>(100).fill('$f9')];
    for (let i = 0; i < 30; i++) wide = ['add', wide, ...new Array<Expr>(100).fill(1)];
    await both({ ...shape, mode: 'sum', rules: [{ id: 'r', when: true, points: wide }] });
  });
});

test.each([
  ['char(4)', 'AB', 'AB'],
  ['int4', '7', '7'],
  ['bool', 'true', 'true'],
  ['timestamptz', '2026-06-11 19:00+00', '2026-06-11 19:00:00+00'],
])(
  'a %s read as a text is the same text in JavaScript: it came padded, as another type or written otherwise',
  async (type, stored, read) => {
    const ruleSet = one({ t: { type: 'text' } }, ['eq', '$t', ['text', read]]);
    const column: SqlColumn = { sql: 'p.v', type: 'text' };
    const from = `(select '${stored}'::${type} as v) p`;
    await client.query("set time zone 'UTC'");
    const { text, values } = toSql(ruleSet, { from, columns: { t: column } });
    const [sql] = (await client.query(text, values)).rows;
    const [shipped] = (await client.query(`select to_json(${transportSql(column)}) as v from ${from}`)).rows;
    const { milli, reason } = toFunction(ruleSet).score({ t: decodeColumn('text', shipped.v) });
    expect([sql.milli, sql.reason]).toEqual([1, 0]);
    expect([milli, reason]).toEqual([1, 0]);
  },
);
