/**
 * Drills: what a host runs to see for itself that its own handlers survive. Needs a real Postgres and worker processes.
 *
 * @module
 */
export { type DrillOptions, type DrillReport, type Fault, runDrill } from './drill.ts';
export { NONE, type Subject, type Violations, violations } from './invariants.ts';
export { type Proxy, startProxy } from './proxy.ts';
export { seeded } from './random.ts';
