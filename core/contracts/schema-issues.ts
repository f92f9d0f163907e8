import type { SchemaIssue } from './standard-schema.js';

/** What a schema has against data, in one line: `ids.0: expected a number; name: is missing`. */
export function issuesText(issues: readonly SchemaIssue[]): string {
  return issues.map(issueText).join('; ');
}

function issueText({ path, message }: SchemaIssue): string {
  const steps = (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
  return steps.length > 0 ? `${steps.join('.')}: ${message}` : message;
}
