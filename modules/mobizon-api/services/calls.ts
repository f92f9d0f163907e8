import { type ExtensionCheck, extensionsOf, type RegisteredType, type Services } from 'progress-manager';

const ADDRESS = /^[a-z][a-z0-9_-]*\/[a-z][a-z0-9_-]*$/i;

/** What is wrong with an address that a module gives, or with the type that it starts. */
export const callFault: ExtensionCheck = (address, type, { hasType }) => {
  if (!ADDRESS.test(address)) return 'must be an address "module/method", for example "campaign/addRecipients".';
  if (address.toLowerCase().startsWith('taskqueue/')) return 'begins with "taskqueue", which is taken.';
  if (typeof type !== 'string' || type === '') return 'must name a job type.';
  return hasType(type) ? undefined : `starts the job type "${type}", which no module declares.`;
};

/** Which calls start jobs: those that modules give, and `<type>/start` for every type. Case does not matter. */
export class Calls {
  readonly #typeOf = new Map<string, RegisteredType>();

  constructor(registry: Services['registry']) {
    for (const [address, key] of extensionsOf(registry, 'mobizonCall')) {
      const type = registry.types.get(key) as RegisteredType;
      if (this.#typeOf.has(address.toLowerCase()))
        throw new Error(`The call "${address}" is there twice: letters count as equal in both cases.`);
      this.#typeOf.set(address.toLowerCase(), type);
    }
    const keys = [...registry.types.keys()].map((key) => key.toLowerCase());
    for (const type of registry.types.values()) {
      const address = `${type.key}/start`.toLowerCase();
      // Of two types that differ in letter case only neither can be meant.
      const isOne = keys.filter((key) => key === type.key.toLowerCase()).length === 1;
      if (isOne && !this.#typeOf.has(address)) this.#typeOf.set(address, type);
    }
  }

  /** The type that this call starts. */
  typeOf(module: string, method: string): RegisteredType | undefined {
    return this.#typeOf.get(`${module}/${method}`.toLowerCase());
  }

  hasModule(module: string): boolean {
    const begin = `${module}/`.toLowerCase();
    return [...this.#typeOf.keys()].some((address) => address.startsWith(begin));
  }
}
