/**
 * What every example host must hold, as one suite of tests against its real processes on a real Postgres.
 *
 * @module
 */
export { type ComposeFile, composeContract } from './compose-contract.ts';
export { type BadRequest, type Host, hostContract, type Judgement } from './host-contract.ts';
export { type OpsStatus, opsIn } from './run-ops.ts';
export { accessToken, ask, type Started, startHost } from './start-host.ts';
export { within } from './within.ts';
