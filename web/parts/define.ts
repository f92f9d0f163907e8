/** Defines a custom element once, so that a page that loads the script twice still works. */
export function define(name: string, element: CustomElementConstructor): void {
  if (customElements.get(name) === undefined) customElements.define(name, element);
}
