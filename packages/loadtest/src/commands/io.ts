/** Where a command prints, and what it is told by the environment. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a command is given beside its arguments. */
export interface CommandContext {
  readonly io: Io;
  /** Says what the process ends with. */
  readonly done: (exitCode: number) => void;
}
