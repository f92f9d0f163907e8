import type { ClassOf } from '../contracts/config.js';
import { RefusedError } from '../contracts/errors.js';
import { type Extensions, extensionsOf, type RegisteredExtensions } from '../contracts/extension.js';
import { labelOf } from '../contracts/label.js';
import { nearest } from './nearest.js';

/** As PHP and its frameworks write it: `Report:monthly`, `App\Report::monthly`. */
const GRAMMAR = /^[A-Za-z_]\w*(?:\\[A-Za-z_]\w*)*(::?)([A-Za-z_]\w*)$/;

/**
 * The check of an extension point to which modules give classes under the names of their methods: what is wrong with one of
 * them, in words; nothing when it can be called. `Ns\Class:method` is one of an instance, `Ns\Class::method` a static one.
 */
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

/**
 * The method that was given to an extension point under this name (`faultOfMethod`), to be called: on an instance that
 * `create`, the service of that name, makes for the call, or on its class. Throws RefusedError for every other name, and
 * says which there are.
 */
export function methodOf(
  registry: { readonly extensions: RegisteredExtensions },
  point: keyof Extensions,
  name: string,
  create: <T>(service: ClassOf<T>) => T,
): (...given: readonly unknown[]) => unknown {
  // The check of the point has let nothing else in.
  const classes = extensionsOf(registry, point) as ReadonlyMap<string, unknown> as ReadonlyMap<string, ClassOf<object>>;
  const service = classes.get(name);
  if (service === undefined) throw unknownMethod(point, String(name).slice(0, 255), [...classes.keys()]);
  const [, separator, method = ''] = GRAMMAR.exec(name) ?? [];
  return (...given) => {
    const owner = separator === '::' ? service : create(service);
    return Reflect.get(owner, method).apply(owner, given);
  };
}

function unknownMethod(point: string, said: string, names: readonly string[]): RefusedError {
  const kind = labelOf(point).toLowerCase();
  const other = names.find((name) => name.replace('::', ':') === said.replace('::', ':'));
  const advice = other === undefined ? nearest(said, names) : `There is "${other}".`;
  return new RefusedError('invalid_data', `No module declares the ${kind} "${said}" (${point}). ${advice}`);
}
