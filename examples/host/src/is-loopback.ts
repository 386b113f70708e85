import { isIPv4 } from 'node:net';

/** Whether only this machine can reach what listens there; where nothing is said, hosts listen on 127.0.0.1. */
export const isLoopback = (host: string | undefined): boolean =>
  host === undefined || host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
