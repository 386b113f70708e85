import { z } from 'zod';

/** A name or an id. */
export const word: z.ZodString = z.string().min(1).max(255);

/** A whole number of things, from 0; what a phone can count and 32 bits can hold. */
export const count: z.ZodInt = z.int().min(0).max(2_147_483_647);

/** From 1. */
export const ordinal: z.ZodInt = z.int().min(1).max(2_147_483_647);

/** Hearts that are left; a client may send less than none. */
export const hearts: z.ZodInt = z.int().min(-100).max(10);

export const gameMode: z.ZodEnum<{ endless: 'endless'; story: 'story' }> = z.enum(['endless', 'story']);

export const currency: z.ZodEnum<{ coins: 'coins'; gems: 'gems' }> = z.enum(['coins', 'gems']);

/** A moment as clients write it; kept as text. */
export const moment: z.ZodISODateTime = z.iso.datetime({ offset: true });

/**
 * What every event may say besides its envelope. All of it is optional: the guide's own test events have none of it, and
 * an event is not lost because a client does not know its version.
 */
export const COMMON = {
  app_version: word.optional(),
  platform: z.enum(['ios', 'android']).optional(),
  session_id: word.optional(),
  locale: z.string().max(20).optional(),
  country: z.string().length(2).optional(),
  campaign_id: word.optional(),
} as const;
