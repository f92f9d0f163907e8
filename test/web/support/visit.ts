import type { Locator, Page, Request } from 'playwright-core';

/** One person's look at the page, and what went on behind it. */
export class Visit {
  /** Errors on the console, mistakes nobody caught, dialogs, and requests to anybody but the server. */
  readonly faults: string[] = [];
  /** When the page asked for the jobs, in milliseconds. */
  readonly looks: number[] = [];
  /** The HTTP statuses of the answers. */
  readonly answers: number[] = [];
  /** Buttons of jobs that the server was told of. */
  readonly presses: string[] = [];

  constructor(
    readonly page: Page,
    url: string,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text());
    });
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('dialog', (dialog) => {
      this.faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      const address = new URL(request.url());
      if (address.origin !== url) this.faults.push(`asked ${address.href}`);
      if (isLook(request)) this.looks.push(performance.now());
      if (address.pathname.includes('/actions/')) this.presses.push(address.pathname.split('/').at(-1) ?? '');
    });
    page.on('response', (response) => {
      if (isLook(response.request())) this.answers.push(response.status());
    });
  }

  get jobs(): Locator {
    return this.page.locator('progress-panel');
  }

  get start(): Locator {
    return this.page.locator('progress-start');
  }

  /** The row of a job, by its whole name. */
  row(name: string): Locator {
    return this.jobs.getByRole('article', { name, exact: true });
  }

  /** What a job's bar tells a screen reader, by the name of the attribute. */
  bar(name: string, attribute: string): Promise<string | null> {
    return this.row(name).getByRole('progressbar').getAttribute(attribute);
  }

  /** How far a job's bar is, in percent. */
  async percent(name: string): Promise<number> {
    return Number(await this.bar(name, 'aria-valuenow'));
  }

  /** Presses Tab until the thing has the focus. Throws when it cannot be reached. */
  async tabTo(goal: Locator): Promise<void> {
    for (let presses = 0; presses < 40; presses += 1) {
      await this.page.keyboard.press('Tab');
      if (await goal.evaluate((element) => element.matches(':focus'))) return;
    }
    throw new Error('40 presses of Tab did not lead there.');
  }
}

function isLook(request: Request): boolean {
  return request.method() === 'GET' && new URL(request.url()).pathname === '/api/jobs';
}
