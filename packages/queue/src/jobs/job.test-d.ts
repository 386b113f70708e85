import { test } from 'vitest';
import { z } from 'zod';
import { connect, job } from '../index.ts';

test('a payload has the type that the schema takes, and the handler gets what it makes', async () => {
  const keep = await connect({ url: '' });
  const refresh = job('refresh', {
    schema: z.object({ match: z.string().transform(Number) }),
    run: ({ match }) => match.toFixed(),
  });
  await keep.enqueue(refresh, { match: '7' });
  // @ts-expect-error the schema takes a string
  await keep.enqueue(refresh, { match: 7 });
  // @ts-expect-error the schema needs a match
  await keep.enqueueAll(refresh, [{}]);
  // @ts-expect-error a key is for one payload
  await keep.enqueueAll(refresh, [{ match: '7' }], { key: 'k' });
  // @ts-expect-error the handler gets a number
  job('refresh', { schema: z.object({ match: z.string().transform(Number) }), run: ({ match }) => match.trim() });
});
