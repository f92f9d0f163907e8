import type { Browser, BrowserContextOptions } from 'playwright-core';
import type { App, BootOptions, ProgressManager, User } from 'progress-manager';
import { HttpServer } from '../../../bin/http-server.js';
import { bootForTests, type TestApp } from '../../support/boot-for-tests.js';
import { Visit } from './visit.js';

/** Who looks at the page unless a test says otherwise. */
export const ANN: User = { id: 'ann', isAdmin: false };

const HOST = '127.0.0.1';

/** An application behind HTTP with the page, and people who look at it. Its loop runs only when a test starts it. */
export class ServedPage implements AsyncDisposable {
  readonly #visits: Visit[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly testApp: TestApp,
    private server: HttpServer,
    readonly url: string,
  ) {}

  static async start(browser: Browser, options: Partial<BootOptions>): Promise<ServedPage> {
    const testApp = await bootForTests(options);
    const server = await HttpServer.listen(testApp.app.handler, HOST, 0);
    return new ServedPage(browser, testApp, server, server.url);
  }

  get app(): App {
    return this.testApp.app;
  }

  get manager(): ProgressManager {
    return this.app.container.get('progressManager');
  }

  /** The address that signs this user in once. */
  signInLink(user: User = ANN): string {
    return `${this.url}/#code=${this.app.container.get('signIn').issue(user)}`;
  }

  /** Opens an address in a browser that knows nothing. */
  async open(address: string, options: BrowserContextOptions = {}): Promise<Visit> {
    // Without a graphics card, bars in motion would keep the machine busy.
    const context = await this.browser.newContext({ reducedMotion: 'reduce', ...options });
    const visit = new Visit(await context.newPage(), this.url);
    this.#visits.push(visit);
    await visit.page.goto(address);
    return visit;
  }

  /** Opens the page, signed in as Ann, and waits for her jobs. */
  async visit(options: BrowserContextOptions = {}): Promise<Visit> {
    const visit = await this.open(this.signInLink(), options);
    await visit.jobs.getByRole('heading', { name: 'Jobs' }).waitFor();
    return visit;
  }

  /** No longer answers; the application goes on. */
  async goAway(): Promise<void> {
    await this.server.close(0);
  }

  /** Answers again at the same address. */
  async comeBack(): Promise<void> {
    this.server = await HttpServer.listen(this.app.handler, HOST, Number(new URL(this.url).port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { page } of this.#visits) await page.context().close();
    await this.server.close(0);
    await this.testApp[Symbol.asyncDispose]();
  }
}
