import { exactJson, InvalidInputError, type JobData } from 'progress-manager';

/** As a module declares them in `ProgressJobTypes`; of a method that nobody declared, any. */
export type ParametersOf<T extends string> = JobData<T> extends readonly unknown[] ? JobData<T> : readonly unknown[];

/** The parameters as they are now. Throws InvalidInputError for one that would not come back from JSON as it was given. */
export function copyOfParameters<T extends string>(parameters: unknown): JobData<T> {
  if (!Array.isArray(parameters)) throw new InvalidInputError('parameters', "must be a list: [1, '1.txt'].");
  return Array.from(parameters, (parameter, index) => {
    try {
      return exactJson('parameter', parameter);
    } catch (cause) {
      const fault = `Параметр фонового задания не поддерживает сериализацию. ${(cause as Error).message.split('\n')[0]}.`;
      const advice = 'Give texts, finite numbers, true, false, null, and lists and plain objects of them.';
      throw new InvalidInputError(`parameters[${index}]`, `${fault} ${advice}`, { cause });
    }
  }) as JobData<T>;
}
