/** Where a command prints, and what it is told by the environment. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether stderr is a terminal. */
  readonly terminal?: boolean;
  /** Ends what is under way: the first Ctrl-C. */
  readonly signal?: AbortSignal;
}

/** What a command is given beside its arguments. */
export interface CommandContext {
  readonly io: Io;
  /** Says what the process ends with. */
  readonly done: (exitCode: number) => void;
}
