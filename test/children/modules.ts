import { AbstractProgressManager, defineProgressManager, type JobContext, type ProgressJob } from 'progress-manager';
import type { TestApp } from 'progress-manager/testing';

declare module 'progress-manager' {
  interface ProgressJobTypes {
    part: { readonly steps: number; readonly fails?: boolean };
  }
}

/** What the next slices of parents do, and whether parts that fail do so. */
export const script: {
  parent: (service: ParentProgressManager, job: ProgressJob, context: JobContext) => unknown;
  isBroken: boolean;
} = { parent: () => undefined, isBroken: true };

/** Does what the script says. */
export class ParentProgressManager extends AbstractProgressManager {
  succeed(result?: unknown): void {
    this.setResult(result);
    this.setStatus('success');
  }

  fail(): void {
    this.setStatus('error');
  }

  moveTo(offset: number): void {
    this.setOffset(offset);
  }

  toNextPhase(): void {
    this.nextPhase();
  }

  async executeProgressJob(job: ProgressJob, context: JobContext): Promise<boolean> {
    const answer = await script.parent(this, job, context);
    return typeof answer === 'boolean' ? answer : true;
  }
}

/** One step a slice. */
class PartProgressManager extends AbstractProgressManager<'part'> {
  executeProgressJob({ offset, data }: ProgressJob<'part'>): boolean {
    if (data.fails && script.isBroken) throw new Error('This part is broken.');
    this.advance(offset + 1, data.steps);
    if (offset + 1 === data.steps) this.setResult({ steps: data.steps });
    return true;
  }
}

export const MODULES = {
  family: defineProgressManager({
    type: {
      parent: { service: ParentProgressManager },
      phased: {
        service: ParentProgressManager,
        phases: [
          { name: 'Split', weight: 20 },
          { name: 'Parts', weight: 60 },
          { name: 'Sum', weight: 20 },
        ],
      },
      part: { service: PartProgressManager },
      whole: {
        run: (_data: unknown, context: JobContext) =>
          context.addChild('One', 'part', { steps: 1 }).then(() => undefined),
      },
    },
  }),
};

/** A parent that adds parts with these weights in its first slice, and succeeds in its second one. */
export function addsParts(weights: Readonly<Record<string, number>>, steps = 2): void {
  script.parent = async (service, { children }, { addChild }) => {
    if (children) return service.succeed();
    for (const [name, weight] of Object.entries(weights)) await addChild(name, 'part', { steps }, { weight });
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a row as each driver gives it
type Row = any;

/** All jobs, by name. */
export async function byName({ knex }: TestApp): Promise<Readonly<Record<string, Row>>> {
  const rows: Row[] = await knex('progress_manager').orderBy('number');
  return Object.fromEntries(rows.map((row) => [row.name, row]));
}
