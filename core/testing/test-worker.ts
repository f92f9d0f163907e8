import type { App } from '../app.js';
import { boot } from '../boot.js';
import type { BootOptions } from '../boot-options.js';
import { SliceWatch } from './slice-watch.js';
import { type KeptConnection, TestSeam } from './test-seam.js';

/** One worker of a test: a core of its own, which may die. */
export class TestWorker {
  private constructor(
    readonly app: App,
    readonly seam: TestSeam,
    readonly watch: SliceWatch,
  ) {}

  static async boot(options: BootOptions, kept: KeptConnection): Promise<TestWorker> {
    const seam = new TestSeam(kept);
    const app = await boot({ ...options, seam });
    const worker = new TestWorker(app, seam, new SliceWatch(app.container.get('jobStore'), seam));
    void seam.death.then(() => app.abandon());
    return worker;
  }

  /** Has parents go on whose children have ended. Gives how many. */
  wakeParents(): Promise<number> {
    return this.seam.counted(() => Promise.race([this.app.wakeParents(), this.seam.death.then(() => 0)]));
  }

  /** One pass, in which each due job comes a slice further. Ends also by the death of the worker. Gives how many moved. */
  pass(): Promise<number> {
    const pass = this.app.container.get('loop').tick();
    return this.seam.counted(() => Promise.race([pass, this.seam.death.then(() => 0)]));
  }
}
