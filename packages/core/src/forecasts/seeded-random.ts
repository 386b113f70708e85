import { ForecastError } from './forecast.ts';

/**
 * Random numbers that a seed repeats, from 0 (included) to 1 (excluded) with 32 bits each: sfc32, the small fast counting
 * generator of PractRand, with the seed spread as PractRand does. Not for secrets.
 *
 * @param seed a whole number from 0 to 4294967295
 * @throws ForecastError `INVALID_OPTION`
 */
export function seededRandom(seed: number): () => number {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new ForecastError('INVALID_OPTION', `A seed is a whole number from 0 to 4294967295, got ${seed}`, seed);
  let [a, b, c, counter] = [0, seed | 0, 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
