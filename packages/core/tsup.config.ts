import { library } from '../../tooling/tsup.ts';

export default library({
  rules: 'src/rules/index.ts',
  contests: 'src/contests/index.ts',
  boards: 'src/boards/index.ts',
  tournaments: 'src/tournaments/index.ts',
  forecasts: 'src/forecasts/index.ts',
  odds: 'src/odds/index.ts',
  events: 'src/events/index.ts',
});
