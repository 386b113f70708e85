import { type Alert, critical, warning } from './alert.ts';
import type { Thresholds, Two } from './thresholds.ts';

/** The machine, by node_exporter, which names its metrics alike in either dialect. Without it they are silent. */
export function machineAlerts(t: Thresholds): Alert[] {
  const files = '{fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660"}';
  return [
    ...both(
      ['HostCpuBusy', 'HostCpuExhausted'],
      '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
      t.cpu,
      '{{ $labels.instance }}: {{ $value | humanizePercentage }} of the processors are busy',
      'Fine while a run is under way; if it lasts, use more or larger machines, or fewer workers on this one.',
    ),
    ...both(
      ['HostMemoryShort', 'HostMemoryExhausted'],
      '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes',
      t.memory,
      '{{ $labels.instance }}: {{ $value | humanizePercentage }} of the memory is in use',
      'See which process grows. What is killed for it loses nothing, but is begun anew.',
    ),
    ...both(
      ['HostDiskFilling', 'HostDiskFull'],
      `1 - node_filesystem_avail_bytes${files} / node_filesystem_size_bytes${files}`,
      t.disk,
      '{{ $labels.instance }} {{ $labels.mountpoint }}: {{ $value | humanizePercentage }} is in use',
      'Prune event logs, remove old backups, or make it larger, before Postgres cannot write.',
    ),
  ];
}

/** Somebody should look, and from the second threshold on at once. */
const both = (
  [first, second]: readonly [string, string],
  used: string,
  { warning: some, critical: much }: Two,
  summary: string,
  description: string,
): Alert[] => [
  warning(first, `${used} > ${some}`, '10m', summary, description),
  critical(second, `${used} > ${much}`, '10m', summary, `As ${first}, with more.`),
];
