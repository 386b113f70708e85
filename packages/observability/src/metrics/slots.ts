/** Places for work that this process offers, by queue, for as long as the connection that serves it is open. */
export interface Slots {
  serve(schema: string, queue: string, many: number): void;
  /** A connection to this schema is closed, and serves nothing any more. */
  close(schema: string): void;
  /** Each queue once, with the places of all connections that serve it. */
  all(): ReadonlyMap<string, number>;
}

export function createSlots(): Slots {
  const bySchema = new Map<string, Map<string, number>>();
  return {
    serve(schema, queue, many) {
      const own = bySchema.get(schema) ?? new Map<string, number>();
      bySchema.set(schema, own.set(queue, many));
    },
    close: (schema) => void bySchema.delete(schema),
    all() {
      const sum = new Map<string, number>();
      for (const own of bySchema.values())
        for (const [queue, many] of own) sum.set(queue, (sum.get(queue) ?? 0) + many);
      return sum;
    },
  };
}
