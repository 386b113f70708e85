import { SEMCONV } from './catalogue.ts';

/** Which version of the semantic conventions the names are of. */
export const schemaUrl = `https://opentelemetry.io/schemas/${SEMCONV}`;
