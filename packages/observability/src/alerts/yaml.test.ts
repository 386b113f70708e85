import { expect, test } from 'vitest';
import { toYaml } from './yaml.ts';

test('maps, lists and scalars, with every scalar quoted as JSON', () => {
  expect(toYaml({ groups: [{ name: 'a: "b"', rules: [{ n: 1, on: true }, { n: 2 }] }, { name: 'c' }] })).toBe(
    [
      'groups:',
      '  - name: "a: \\"b\\""',
      '    rules:',
      '      - n: 1',
      '        on: true',
      '      - n: 2',
      '  - name: "c"',
      '',
    ].join('\n'),
  );
  expect(toYaml({ files: ['a', 'b'] })).toBe('files:\n  - "a"\n  - "b"\n');
});
