/** The suites by URL, and what runs them. */
export const SUITES = {
  'events-100': { engine: 'k6', about: '100 events a second for a minute, at a constant rate' },
  'enqueue-latency': { engine: 'k6', about: 'what starts work answers at once, however much there is' },
  'api-mix': { engine: 'k6', about: '50 requests a second for a minute, reads and writes' },
  saturation: { engine: 'autocannon', about: 'as many events as 100 connections get through in 10 seconds' },
  'burst-100': { engine: 'autocannon', about: '100 events at once' },
  'load-2000': { engine: 'autocannon', about: '1000 requests of 2 events over 10 connections' },
} as const;

export type SuiteName = keyof typeof SUITES;
