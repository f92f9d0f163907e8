import { type ClassOf, extensionsOf, nearest, RefusedError, type Services } from 'progress-manager';
import type { Task } from './task.js';

/** A class with methods that tasks call, each with its task. */
export type TaskClass = ClassOf<object>;

const GRAMMAR = /^[A-Za-z_]\w*(?:\\[A-Za-z_]\w*)*(::?)([A-Za-z_]\w*)$/;

/** What is wrong with a method that a module declares, in words; nothing when it can be called. */
export function faultOfMethod(name: string, service: unknown): string | undefined {
  const [, separator, method] = GRAMMAR.exec(name) ?? [];
  if (method === undefined) return 'must read Ns\\Class:method, or Ns\\Class::method for a static one.';
  if (typeof service !== 'function') return `must be a class, and is a ${typeof service}.`;
  // What all functions and objects have is nobody's to call.
  const isStatic = !(method in Function.prototype) && typeof Reflect.get(service, method) === 'function';
  const isInstances = !(method in Object.prototype) && typeof service.prototype?.[method] === 'function';
  if (separator === '::' ? isStatic : isInstances) return undefined;
  if (!isStatic && !isInstances) return `names a method "${method}", which the class ${service.name} does not have.`;
  return `must be written with "${isStatic ? '::' : ':'}", as "${method}" of ${service.name} is ${isStatic ? '' : 'not '}static.`;
}

/** Calls what modules declare under this name, and nothing else. Throws RefusedError, which says what there is. */
export function methodOf(name: string, registry: Services['registry'], create: Services['create']) {
  const classes = extensionsOf(registry, 'taskMethod');
  const service = classes.get(name);
  if (service === undefined) throw unknownMethod(String(name).slice(0, 255), [...classes.keys()]);
  const [, separator, method = ''] = GRAMMAR.exec(name) ?? [];
  return (task: Task): unknown => {
    const owner = separator === '::' ? service : create(service);
    return Reflect.get(owner, method).call(owner, task);
  };
}

function unknownMethod(said: string, names: readonly string[]): RefusedError {
  const other = names.find((name) => name.replace('::', ':') === said.replace('::', ':'));
  const advice = other === undefined ? nearest(said, names) : `There is "${other}".`;
  return new RefusedError('invalid_data', `No module declares the task method "${said}" (taskMethod). ${advice}`);
}
