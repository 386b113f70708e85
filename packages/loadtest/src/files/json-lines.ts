/** A key or index on the way from a document's root. */
export type Step = string | number;

/** Where things stand in a JSON text, which parsing forgets. */
export interface JsonLines {
  /** The line, from 1, of the value at a path; of its nearest ancestor when there is none. */
  lineOf(path: readonly Step[]): number;
  /** Paths of keys that an object has twice: JSON.parse keeps the last and says nothing. */
  readonly repeated: readonly (readonly Step[])[];
}

/** Walks a text that JSON.parse accepts. */
export function jsonLines(text: string): JsonLines {
  const lines = new Map<string, number>();
  const repeated: (readonly Step[])[] = [];
  const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|\n/g);
  let line = 1;
  const next = (): string => {
    for (;;) {
      const { value, done } = tokens.next();
      if (done === true) return '';
      if (value[0] !== '\n') return value[0];
      line += 1;
    }
  };
  const walk = (token: string, path: readonly Step[]): void => {
    lines.set(JSON.stringify(path), line);
    if (token === '[') {
      let item = next();
      for (let i = 0; item !== ']' && item !== ''; i++) {
        walk(item, [...path, i]);
        item = next() === ',' ? next() : ']';
      }
    } else if (token === '{') {
      let key = next();
      while (key.startsWith('"')) {
        const at = [...path, String(JSON.parse(key))];
        if (lines.has(JSON.stringify(at))) repeated.push(at);
        const keyLine = line;
        next(); // the colon
        walk(next(), at);
        lines.set(JSON.stringify(at), keyLine);
        key = next() === ',' ? next() : '';
      }
    }
  };
  walk(next(), []);
  const lineOf = (path: readonly Step[]): number =>
    lines.get(JSON.stringify(path)) ?? (path.length === 0 ? 1 : lineOf(path.slice(0, -1)));
  return { lineOf, repeated };
}
