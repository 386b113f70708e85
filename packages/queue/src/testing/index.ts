/**
 * Drills: what a host runs to see for itself that its own handlers survive. Needs a real Postgres and worker processes.
 *
 * @module
 */
export { type DrillOptions, type DrillReport, type Fault, runDrill } from './drill.ts';
export { NONE, type Subject, type Violations, violations } from './invariants.ts';
export { type ProcessOptions, startProcess } from './processes.ts';
export { type Proxy, startProxy } from './proxy.ts';
export { seeded } from './random.ts';
export { type Usage, type UsageLimits, type UsageWatch, watchUsage } from './usage.ts';
