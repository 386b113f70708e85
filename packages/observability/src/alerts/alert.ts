/** An alert, as Prometheus takes it. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: 'warning' | 'critical' };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** The attribute of a queue, as Prometheus names it. */
export const QUEUE = 'messaging_destination_name';

/** How much a counter has risen. A series that is new has risen from nothing, which increase() does not see. */
export const risen = (counter: string, over: string): string =>
  `((${counter} unless ${counter} offset ${over}) or increase(${counter}[${over}]))`;

/** Somebody should look. */
export const warning = (alert: string, expr: string, hold: string, summary: string, description: string): Alert => ({
  alert,
  expr,
  for: hold,
  labels: { severity: 'warning' },
  annotations: { summary, description },
});

/** Somebody should look at once. */
export const critical = (...of: Parameters<typeof warning>): Alert => ({
  ...warning(...of),
  labels: { severity: 'critical' },
});
