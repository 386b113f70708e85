import { type EventType, type EventTypeOptions, eventType } from '@scorekeep/core/events';
import { z } from 'zod';
import { COMMON } from './fields.ts';
import { isUrgent } from './priority.ts';

type Common = typeof COMMON;
type Schema<Shape extends z.ZodRawShape> = z.ZodObject<Omit<Common, keyof Shape> & Shape>;

/**
 * A type of this game's events: its own fields beside those of every event. Whose event it is stands in the envelope.
 *
 * @throws EventsError DEFINITION_INVALID for a check that is not well formed
 */
export function define<const Name extends string, Shape extends z.ZodRawShape>(
  name: Name,
  shape: Shape,
  plausible: EventTypeOptions<Schema<Shape>>['plausible'] = {},
  version: Pick<EventTypeOptions<Schema<Shape>>, 'version' | 'upcast'> = {},
): EventType<Name, z.output<Schema<Shape>>, z.input<Schema<Shape>>> {
  const schema: Schema<Shape> = z.object({ ...COMMON, ...shape });
  return eventType(name, { schema, urgent: isUrgent(name), plausible, ...version });
}
