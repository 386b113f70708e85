/** How a load went. */
export interface LoadReport {
  readonly requests: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly accepted: number;
  /** Milliseconds, of all requests, and until an answer for half of them and for 95 of 100. */
  readonly milliseconds: number;
  readonly median: number;
  readonly p95: number;
}

/** The guide's first test: a hundred events at once. */
export function hundredAtOnce(url: string): Promise<LoadReport> {
  return measure((send) => Promise.all(numbers(100).map((i) => send(url, launched(`test_${i}`)))));
}

/** The guide's second test: ten senders at once, each a hundred requests of two events, one after the other. */
export function thousandTimesTwo(url: string): Promise<LoadReport> {
  return measure((send) =>
    Promise.all(
      numbers(10).map(async () => {
        for (const i of numbers(100)) {
          const user = `user_${i}`;
          await send(url, [launched(user), { ...launched(user), event_type: 'game_started', game_mode: 'endless' }]);
        }
      }),
    ),
  );
}

/** As the guide sends them: no id, seconds for milliseconds. */
const launched = (user: string) => ({
  event_type: 'app_launched',
  user_id: user,
  timestamp: new Date().toISOString().replace(/\d{3}Z$/, '000Z'),
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

type Send = (url: string, body: unknown) => Promise<void>;

async function measure(run: (send: Send) => Promise<unknown>): Promise<LoadReport> {
  const statuses: Record<string, number> = {};
  const took: number[] = [];
  let accepted = 0;
  const send: Send = async (url, body) => {
    const began = performance.now();
    const answer = await fetch(`${url}/api/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const json = (await answer.json()) as { accepted?: number };
    took.push(performance.now() - began);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    accepted += json.accepted ?? 0;
  };
  const began = performance.now();
  await run(send);
  const milliseconds = performance.now() - began;
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0;
  return { requests: took.length, statuses, accepted, milliseconds, median: at(0.5), p95: at(0.95) };
}
