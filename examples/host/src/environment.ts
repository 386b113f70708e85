/** Environment variables that cannot be used, all of them in one message; no value is repeated, since it may be a secret. */
export class EnvironmentInvalid extends Error {
  override readonly name = 'EnvironmentInvalid';
}

/** How one variable is read: its name, and what its text means. A reader throws what is wrong, for a sentence. */
export interface Variable<T> {
  readonly name: string;
  /** @param text undefined when it is not set, or set to nothing */
  readonly read: (text: string | undefined) => T;
}

/**
 * Reads the environment, every variable by its definition.
 *
 * @throws EnvironmentInvalid naming each variable that cannot be used and what to set instead
 */
export function readEnvironment<T extends Readonly<Record<string, Variable<unknown>>>>(
  variables: T,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly [Key in keyof T]: T[Key] extends Variable<infer Value> ? Value : never } {
  const problems: string[] = [];
  const values = Object.entries(variables).map(([key, { name, read }]) => {
    try {
      return [key, read(environment[name]?.trim() || undefined)];
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      problems.push(`${name} ${error.message}`);
      return [key, undefined];
    }
  });
  if (problems.length > 0) throw new EnvironmentInvalid(problems.join('\n'));
  return Object.fromEntries(values);
}

/** A whole number within bounds. */
export function integer(name: string, bounds: { least: number; most: number; otherwise: number }): Variable<number> {
  const { least, most, otherwise } = bounds;
  return {
    name,
    read(text) {
      if (text === undefined) return otherwise;
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= least && value <= most) return value;
      throw new Unusable(
        `must be a whole number from ${least} to ${most}. Correct it, or leave it out for ${otherwise}.`,
      );
    },
  };
}

/** `true` or `false`. */
export function flag(name: string, otherwise: boolean): Variable<boolean> {
  return {
    name,
    read(text) {
      if (text === undefined) return otherwise;
      if (text === 'true' || text === 'false') return text === 'true';
      throw new Unusable(`must be true or false. Correct it, or leave it out for ${otherwise}.`);
    },
  };
}

/** One of a few words. */
export function oneOf<const T extends string>(name: string, words: readonly T[], otherwise: T): Variable<T> {
  return {
    name,
    read(text) {
      if (text === undefined) return otherwise;
      const word = words.find((one) => one === text);
      if (word !== undefined) return word;
      throw new Unusable(`must be one of ${words.join(', ')}. Correct it, or leave it out for ${otherwise}.`);
    },
  };
}

/** Any text; undefined when there is none. */
export const optionalText = (name: string): Variable<string | undefined> => ({ name, read: (text) => text });

/** The name of a schema of Postgres, as the library takes it; undefined when there is none. */
export const optionalSchema = (name: string): Variable<string | undefined> => ({
  name,
  read(text) {
    if (text === undefined || /^[a-z_][a-z0-9_]{0,39}$/.test(text)) return text;
    throw new Unusable('must be of a-z, 0-9 and _, at most 40 long. Correct it, or leave it out for scorekeep.');
  },
});

/** A URL with one of these protocols; undefined when there is none. */
export function optionalUrl(name: string, protocols: readonly string[], example: string): Variable<string | undefined> {
  return {
    name,
    read(text) {
      if (text === undefined) return undefined;
      if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text;
      throw new Unusable(`must look like ${example}. Correct it, or leave it out.`);
    },
  };
}

class Unusable extends Error {}
