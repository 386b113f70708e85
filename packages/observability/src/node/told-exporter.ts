/**
 * Has it told when an exporter fails. The SDK tells nobody but its own diagnostics, so a collector that refuses or hangs would be
 * noticed by silence alone.
 */
export function toldExporter<Exporter extends Exports>(exporter: Exporter, failed: (error: unknown) => void): Exporter {
  const send: Exports['export'] = exporter.export.bind(exporter);
  exporter.export = (items: never, done: Done): void =>
    send(items, (result) => {
      if (result.code !== 0) failed(result.error);
      done(result);
    });
  return exporter;
}

type Done = (result: { code: number; error?: Error }) => void;

interface Exports {
  export(items: never, done: Done): void;
}
