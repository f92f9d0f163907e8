import { type ClassOf, faultOfMethod, RefusedError } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { methodOf } from '../../core/registry/named-method.js';

class Report {
  static of(month: number): string {
    return `${Report.name} of ${month}`;
  }
  constructor(private readonly year = 0) {}
  monthly(month: number): string {
    return `${month}/${this.year}`;
  }
}
const METHODS: readonly (readonly [string, ClassOf<Report>])[] = [
  ['App\\Report:monthly', Report],
  ['App\\Report::of', Report],
];
const given = METHODS.map(([name, value]) => [name, { module: 'mine', origin: 'mine.ts', value }] as const);
const registry = { extensions: new Map([['someMethod', new Map(given)]]) };
const create = <T>(service: ClassOf<T>) => new service(2026);
const method = (name: string) => methodOf(registry, 'someMethod' as never, name, create);

describe('the name of a method', () => {
  test.each(METHODS)('can be %s', (name, service) => {
    expect(faultOfMethod(name, service)).toBeUndefined();
  });

  test.each([
    ['Report', Report, 'must read Ns\\Class:method'],
    ['Report:::of', Report, 'must read Ns\\Class:method'],
    ['Report:of', 7, 'must be a class, and is a number.'],
    ['Report::monthly', Report, 'must be written with ":", as "monthly" of Report is not static.'],
    ['Report:of', Report, 'must be written with "::", as "of" of Report is static.'],
    ['Report:sing', Report, 'names a method "sing", which the class Report does not have.'],
    ['Report:toString', Report, 'names a method "toString"'],
    ['Report:constructor', Report, 'names a method "constructor"'],
    ['Report::bind', Report, 'names a method "bind"'],
    ['Report:of', () => 1, 'names a method "of"'],
  ])('cannot be %s of %s', (name, service, fault) => {
    expect(faultOfMethod(name, service)).toContain(fault);
  });
});

test('a method is called on an instance that is made for it, or on its class', () => {
  expect(method('App\\Report:monthly')(3)).toBe('3/2026');
  expect(method('App\\Report::of')(3)).toBe('Report of 3');
});

test.each([
  ['App\\Report::monthly', 'There is "App\\Report:monthly".'],
  ['App\\Report:of', 'There is "App\\Report::of".'],
  ['App\\Report:monthli', 'Did you mean "App\\Report:monthly"?'],
  ['App\\Report:toString', 'Known: App\\Report:monthly, App\\Report::of.'],
])('there is no other: %s', (name, advice) => {
  expect(() => method(name)).toThrow(
    new RefusedError('invalid_data', `No module declares the some method "${name}" (someMethod). ${advice}`),
  );
});
