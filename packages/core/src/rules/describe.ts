import type { Node, Program } from './node.ts';

/** An expression in words: `home − away`, `sign of resultHome − resultAway`. */
export function describe(node: Node, program: Program): string {
  const parts = node.args.map((arg) => operand(arg, program));
  const [a = '', b = '', c = ''] = parts;
  const all = (word: string): string => parts.join(word);
  switch (node.op) {
    case 'literal':
      return typeof node.value === 'object' ? `[${node.value.join(', ')}]` : JSON.stringify(node.value);
    case 'field':
      return program.fields[node.index]?.name ?? '';
    case 'define':
      return program.defines[node.index]?.id ?? '';
    case 'base':
      return 'the points so far';
    case 'present':
      return `${program.fields[node.index]?.name} is present`;
    case 'else':
      return `${program.fields[node.index]?.name} or else ${a}`;
    case 'add':
      return all(' + ');
    case 'sub':
      return all(' − ');
    case 'mul':
      return all(' × ');
    case 'min':
      return `the least of ${all(', ')}`;
    case 'max':
      return `the greatest of ${all(', ')}`;
    case 'abs':
      return `the size of ${a}`;
    case 'sign':
      return `the sign of ${a}`;
    case 'div':
      return `${a} / ${b} (${node.mode})`;
    case 'mod':
      return `${a} modulo ${b}`;
    case 'eq':
      return `${a} is ${b}`;
    case 'lt':
      return `${a} is less than ${b}`;
    case 'le':
      return `${a} is at most ${b}`;
    case 'and':
      return all(' and ');
    case 'or':
      return all(' or ');
    case 'not':
      return `not ${a}`;
    case 'if':
      return `${b} if ${a}, else ${c}`;
    case 'countTrue':
      return `how many hold of ${all(', ')}`;
    case 'lookup':
      return `the table's value for ${a}`;
    case 'in':
      return `${a} is one of ${node.keys.slice(0, 8).join(', ')}${node.keys.length > 8 ? ', …' : ''}`;
    case 'agree':
      return `the equal positions ${node.from} to ${node.to} of ${a} and ${b}`;
    case 'at':
      return `${a} at ${b}`;
  }
}

const ATOMS = new Set<Node['op']>(['literal', 'field', 'define', 'base', 'abs', 'sign', 'present', 'not']);

function operand(node: Node, program: Program): string {
  const text = describe(node, program);
  return ATOMS.has(node.op) || node.args.length === 0 ? text : `(${text})`;
}
