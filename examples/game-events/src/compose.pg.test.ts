import { composeContract } from '@scorekeep/example-contract';
import { AUTH } from '@scorekeep/example-host/auth-settings';
import { COMMON } from '@scorekeep/example-host/settings';
import { SETTINGS } from './settings.ts';

composeContract({
  file: new URL('../compose.yaml', import.meta.url),
  variables: Object.values({ ...COMMON, ...AUTH, ...SETTINGS }).map(({ name }) => name),
});
