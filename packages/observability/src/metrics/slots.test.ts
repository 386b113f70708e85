import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

test('a connection that is closed takes its places with it, and leaves those of another schema', () => {
  const slots = createSlots();
  slots.serve('cup', 'slices/points_v1', 2);
  slots.serve('cup', 'jobs/reward', 4);
  slots.serve('league', 'slices/points_v1', 3);
  expect([...slots.all()]).toEqual([
    ['slices/points_v1', 5],
    ['jobs/reward', 4],
  ]);
  slots.close('cup');
  expect([...slots.all()]).toEqual([['slices/points_v1', 3]]);
  slots.close('league');
  expect([...slots.all()]).toEqual([]);
});
