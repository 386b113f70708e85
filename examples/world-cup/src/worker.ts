import { runProcess } from '@scorekeep/example-host/process';
import { openService } from './service.ts';
import { DATABASE, SETTINGS, VERSION } from './settings.ts';

// Scores; as many of these run as there is work. `npm run ops -- world-cup scale 5` starts them.
await runProcess({
  service: 'world-cup-worker',
  version: VERSION,
  database: DATABASE,
  variables: SETTINGS,
  async open(context) {
    const { keep } = await openService(context);
    return { close: () => keep.stop() };
  },
});
