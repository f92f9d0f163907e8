import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Knows whether the pointer or the keyboard is on a list, so that nothing is moved from under it. */
export class PointedAt implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #isOver = false;
  #isFocused = false;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get isHeld(): boolean {
    return this.#isOver || this.#isFocused;
  }

  hostDisconnected(): void {
    this.#isOver = false;
    this.#isFocused = false;
  }

  readonly enter = (): void => {
    this.#isOver = true;
  };

  readonly leave = (): void => {
    this.#isOver = false;
    this.#host.requestUpdate();
  };

  /** Only a focus that is seen counts: a button keeps the invisible one long after it was clicked. */
  readonly focus = (event: Event): void => {
    const [target] = event.composedPath();
    this.#isFocused = target instanceof Element && target.matches(':focus-visible');
  };

  readonly blur = (): void => {
    this.#isFocused = false;
    this.#host.requestUpdate();
  };
}
