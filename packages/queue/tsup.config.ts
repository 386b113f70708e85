import { library } from '../../tooling/tsup.ts';

export default library({
  index: 'src/index.ts',
  cli: 'src/cli.ts',
  admin: 'src/admin/index.ts',
  testing: 'src/testing/index.ts',
  embedded: 'src/embedded/index.ts',
  'embedded-supervisor': 'src/embedded/supervisor.ts',
});
