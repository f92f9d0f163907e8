/** The public door: everything an application or a module imports from 'progress-manager'. */
export { App } from './app.js';
export { boot } from './boot.js';
export type { BootOptions } from './boot-options.js';
export { type CommandLine, defineCommands, type ModuleCommands, type OptionReader } from './commands.js';
export { AppContainer, inject, injectable } from './container/container.js';
export * from './container/services.js';
export type { AccessKey, AccessStore } from './contracts/access-store.js';
export type { ChildJob, ChildOptions } from './contracts/child-job.js';
export * from './contracts/config.js';
export * from './contracts/errors.js';
export * from './contracts/extension.js';
export * from './contracts/hook.js';
export * from './contracts/job.js';
export {
  type FailedJob,
  ITEM_OUTCOMES,
  type ItemOutcome,
  type ItemPage,
  type ItemQuery,
  type JobItem,
  LISTED_OUTCOMES,
  type ListedOutcome,
} from './contracts/job-items.js';
export {
  type DebugLine,
  type DebugSink,
  JOB_LOG_LEVELS,
  type JobLogLevel,
  type LogLine,
  type LogPage,
  type LogQuery,
  type UserMessage,
} from './contracts/job-log.js';
export type { JobFilter, JobPage, JobRef, JobStore, JobVersion } from './contracts/job-store.js';
export * from './contracts/limits.js';
export type { Logger } from './contracts/logger.js';
export type { Notification, NotificationFilter, NotificationPage } from './contracts/notification.js';
export * from './contracts/progress-job.js';
export {
  defineRoutes,
  type Problem,
  type RegisteredRoutes,
  type RouteContext,
  type RouteEnvironment,
  type Routes,
  type RoutesConfig,
  type RoutesInterface,
} from './contracts/routes.js';
export type {
  MissedPolicy,
  RegisteredSchedule,
  ScheduleConfig,
  ScheduledNext,
  ScheduledRun,
  ScheduleTick,
  ScheduleView,
  TickOutcome,
} from './contracts/schedule.js';
export { Secret, type Secrets } from './contracts/secret.js';
export * from './contracts/standard-schema.js';
export * from './contracts/status.js';
export * from './contracts/status-action.js';
export * from './contracts/tables.js';
export * from './contracts/user.js';
export { everyJob } from './every-job.js';
export { fieldsOf, readFields } from './http/fields.js';
export { fileResponse } from './http/files.js';
export { HttpError } from './http/http-error.js';
export { readJson } from './http/json-body.js';
export { jsonLogger, LOG_LEVELS, type LogLevel } from './logging/json-logger.js';
export * from './progress-manager.js';
export { checkKeys } from './registry/check-keys.js';
export { faultOfMethod } from './registry/named-method.js';
export { nearest } from './registry/nearest.js';
export { loadRegistry } from './registry/registry.js';
export { faultOfSecretKeys } from './secrets/secret-keys.js';
export { AbstractProgressManager } from './services/abstract-progress-manager.js';
export { type BarPosition, barPercent, barPosition, barText, positionOf } from './services/bar-position.js';
export { type CsvCell, csvRow } from './services/csv-row.js';
export { exactJson, isPlainObject } from './services/exact-json.js';
export { plainName } from './services/plain-name.js';
export { spread } from './services/spread.js';
export { spreadsheetKind } from './services/spreadsheet.js';
export { faultOfMysqlAddress } from './store/mysql-address.js';
