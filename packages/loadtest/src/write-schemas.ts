/** `pnpm run schema`: writes what {@link SCHEMAS} says; a test compares the two. */
import { writeFileSync } from 'node:fs';
import { SCHEMAS } from './files/schemas.ts';

for (const [name, schema] of Object.entries(SCHEMAS)) {
  writeFileSync(new URL(`../schema/${name}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
