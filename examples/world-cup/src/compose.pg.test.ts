import { composeContract } from '@scorekeep/example-contract';
import { COMMON } from '@scorekeep/example-host/settings';
import { SETTINGS } from './settings.ts';

composeContract({
  file: new URL('../compose.yaml', import.meta.url),
  variables: Object.values({ ...COMMON, ...SETTINGS }).map(({ name }) => name),
});
