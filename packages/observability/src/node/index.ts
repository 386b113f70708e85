/**
 * Starts an OpenTelemetry SDK for a process that has none, and instruments the pipeline with it.
 *
 * @module
 */
export { freshGauges } from './fresh-gauges.ts';
export { type StartOptions, startTelemetry, type Telemetry } from './start-telemetry.ts';
