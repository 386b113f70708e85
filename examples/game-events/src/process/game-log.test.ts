import { expect, test, vi } from 'vitest';

test.each([
  ['2', 2],
  [' 2 ', 2],
  ['02', 2],
  ['1', 1],
  ['', 1],
])(
  'GAME_ENDED_VERSION=%o is what the settings take it for: with a space it was the release before',
  async (text, version) => {
    vi.stubEnv('GAME_ENDED_VERSION', text);
    vi.resetModules();
    const { game } = await import('./game-log.ts');
    const { readEnvironment } = await import('@scorekeep/example-host/environment');
    const { SETTINGS } = await import('../settings.ts');
    vi.unstubAllEnvs();
    expect(game.types.find(({ name }) => name === 'game_ended')?.version).toBe(version);
    expect(readEnvironment(SETTINGS, { GAME_ENDED_VERSION: text }).gameEndedVersion).toBe(version);
  },
);
