import { z } from 'zod';
import { define } from './define.ts';
import { count, moment, word } from './fields.ts';

/** An installation, and what becomes of it. */
export const LIFECYCLE = [
  define('app_installed', {
    device_model: word.optional(),
    os_version: word.optional(),
    timezone: word.optional(),
    install_source: word.optional(),
  }),
  define('app_launched', {
    nickname: z.string().min(1).max(50).optional(),
    days_since_install: count.optional(),
    days_since_last_session: count.optional(),
    is_first_launch: z.boolean().optional(),
  }),
  define('user_registered', { registration_method: z.enum(['device_id', 'anonymous']) }),
  define('settings_changed', {
    setting_name: word,
    old_value: z.json().optional(),
    new_value: z.json(),
  }),
  define('app_uninstalled', { last_seen_at: moment }),
] as const;
