export { cpuSecondsOf } from '../packages/loadtest/src/process-cpu.ts';
