import 'reflect-metadata';
import { Container, inject as injectKey } from 'inversify';
import type { ClassOf } from '../contracts/config.js';
import type { Services } from './services.js';

export { injectable } from 'inversify';

/** Injects what the container holds under this key, or an instance of this class, into a constructor parameter. */
export function inject(key: (keyof Services & string) | ClassOf<unknown>): ParameterDecorator {
  return injectKey(key) as ParameterDecorator;
}

/** The container, typed by key: `get('progressManager')` is a ProgressManager, `get('nope')` does not compile. */
export class AppContainer {
  // autobind: an author may inject a class of their own without declaring it anywhere.
  readonly #container = new Container({ autobind: true });
  // The container itself cannot be asked: with autobind it says of every class that it is bound.
  readonly #transient = new Set<ClassOf<unknown>>();

  get<K extends keyof Services & string>(key: K): Services[K] {
    return this.#container.get<Services[K]>(key);
  }

  /** An instance of a class of a module; a new one each time. */
  create<T>(service: ClassOf<T>): T {
    return this.#container.get<T>(service);
  }

  /** Binds values under their keys. */
  setAll(values: Partial<Services>): void {
    for (const [key, value] of Object.entries(values)) this.#container.bind(key).toConstantValue(value);
  }

  /** Binds a class of a module under its key, one instance for all. */
  setClass(key: string, service: ClassOf<unknown>): void {
    this.#container.bind(key).to(service).inSingletonScope();
  }

  /** Makes a class of a module known; `create` then gives a new instance each time. */
  setTransient(service: ClassOf<unknown>): void {
    if (this.#transient.has(service)) return;
    this.#transient.add(service);
    this.#container.bind(service).toSelf().inTransientScope();
  }

  async close(): Promise<void> {
    await this.#container.unbindAllAsync();
  }
}
