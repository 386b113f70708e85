import { type Instrumentation, type InstrumentOptions, startInstrumentation } from '../instrument.ts';
import { collectorUrl } from './collector-url.ts';
import { type Listener, listen } from './listen.ts';
import { type Sdk, startSdk } from './sdk.ts';

/** What {@link startTelemetry} starts. */
export interface StartOptions extends InstrumentOptions {
  /** `service.name`. */
  readonly service: string;
  /** `service.version`. */
  readonly version?: string;
  /** `service.instance.id`: tells the workers of one service apart. Default a new one for each process. */
  readonly instance?: string;
  /** `deployment.environment.name`. */
  readonly environment?: string;
  /**
   * A collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; signals go to `/v1/traces` and so on below
   * it. Default OTEL_EXPORTER_OTLP_ENDPOINT; without either nothing is sent.
   */
  readonly otlp?: {
    readonly url?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly everyMs?: number;
  };
  /**
   * Serves `/metrics` for Prometheus, and `/livez`, `/readyz`, `/startupz` and `/healthz` beside it, by default for this
   * machine only and at 9464; port 0 takes a free one.
   */
  readonly prometheus?: boolean | { readonly host?: string; readonly port?: number };
  /** Share of the traces that begin here that are kept, 0 to 1. Default 0.1. */
  readonly sample?: number;
}

/** A running SDK, and what it observes. */
export interface Telemetry extends Instrumentation {
  /** Where `/metrics` and health are served; undefined when they are not. */
  readonly url: string | undefined;
  /** Sends what is not sent yet. What a collector does not take is lost, and told as `telemetry.failed`. */
  flush(): Promise<void>;
  /** Sends it, and ends; at most 5 seconds. Call it after `keep.stop()`. */
  shutdown(): Promise<void>;
}

/**
 * Starts an SDK with OTLP, Prometheus and the metrics of the runtime, registers it, and instruments the pipeline. When it cannot,
 * nothing of it is left.
 *
 * @throws ScorekeepError ALREADY_STARTED when the pipeline is instrumented or an SDK is registered, DEFINITION_INVALID for a URL
 * that cannot be used
 */
export async function startTelemetry(options: StartOptions): Promise<Telemetry> {
  const collector = collectorUrl(options.otlp?.url ?? process.env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  // First, since it refuses a second time; it finds the SDK when there is one.
  const { instrumentation, failed } = startInstrumentation(options);
  let sdk: Sdk | undefined;
  let listener: Listener | undefined;
  const end = async (): Promise<void> => {
    await sdk?.shutdown();
    instrumentation.stop();
    await listener?.close();
    sdk?.unregister();
  };
  try {
    sdk = startSdk(options, collector, failed);
    const { prometheus } = sdk;
    const where = typeof options.prometheus === 'object' ? options.prometheus : {};
    if (prometheus !== undefined) listener = await listen(prometheus, instrumentation.health, where);
  } catch (error) {
    await end();
    throw error;
  }
  const { flush } = sdk;
  let ended: Promise<void> | undefined;
  return {
    ...instrumentation,
    url: listener?.url,
    flush,
    shutdown() {
      ended ??= end();
      return ended;
    },
  };
}
