import { z } from 'zod';
import { define } from './define.ts';
import { count, currency, ordinal, word } from './fields.ts';

const product = {
  product_id: word,
  product_type: z.enum(['consumable', 'non_consumable', 'subscription']),
  price_usd: z.number().min(0).max(10_000),
  currency_code: z.string().length(3),
} as const;

/** Coins and gems, and what is bought for money. */
export const ECONOMY = [
  define(
    'currency_earned',
    {
      currency_type: currency,
      amount: ordinal,
      source: word,
      source_id: word,
      balance_before: count,
      balance_after: count,
    },
    { balance: ({ amount, balance_before, balance_after }) => balance_before + amount === balance_after },
  ),
  define(
    'currency_spent',
    {
      currency_type: currency,
      amount: ordinal,
      spent_on: word,
      item_id: word,
      balance_before: count,
      balance_after: count,
    },
    { balance: ({ amount, balance_before, balance_after }) => balance_before - amount === balance_after },
  ),
  define('purchase_initiated', product),
  define('purchase_completed', {
    ...product,
    transaction_id: word,
    gems_granted: count.optional(),
    coins_granted: count.optional(),
  }),
] as const;
