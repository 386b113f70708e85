/**
 * What every example host shares: an HTTP app, sign-in, the environment, and the life of a process.
 *
 * @module
 */
export { answerError, type ErrorAnswer } from './answer-error.ts';
export { type Auth, openAuth, type User } from './auth.ts';
export { AUTH, authOptions } from './auth-settings.ts';
export { type AppOptions, createApp } from './create-app.ts';
export {
  EnvironmentInvalid,
  flag,
  integer,
  oneOf,
  optionalText,
  optionalUrl,
  readEnvironment,
  type Variable,
} from './environment.ts';
export { HostError } from './host-error.ts';
export { limitInProcess, limitRequests, type RateLimit } from './rate-limit.ts';
export { recently } from './recently.ts';
export { type Opened, type ProcessContext, type ProcessDefinition, runProcess } from './run-process.ts';
