import { describeError } from '../contracts/describe-error.js';
import type {
  DeclaredBeside,
  ExtensionCheck,
  RegisteredExtension,
  RegisteredExtensions,
} from '../contracts/extension.js';
import type { LoadedConfig } from './load.js';
import { nearest } from './nearest.js';

/**
 * What modules give to each other. A name of a point has one owner, and fits what the point takes. What is missing is a
 * fault only where no file that is broken itself `mayDeclare` it.
 */
export function mergedExtensions(
  configs: readonly LoadedConfig[],
  mayDeclare: (point: string) => boolean,
  beside: DeclaredBeside,
): { readonly extensions: RegisteredExtensions; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const points = pointsOf(configs, faults);
  const extensions = new Map([...points.keys()].map((point) => [point, new Map<string, RegisteredExtension>()]));
  for (const { module, origin, config } of configs) {
    for (const [point, given] of Object.entries(config.extension ?? {}) as [string, Record<string, unknown>][]) {
      const taken = extensions.get(point);
      if (taken === undefined && !mayDeclare(point)) {
        faults.push(
          `${origin}: extension.${point}: no module has this extension point. ${nearestPoint(point, points)}`,
        );
      }
      for (const [name, value] of Object.entries(given)) {
        const before = taken?.get(name);
        const fault = faultOf(points.get(point), name, value, beside);
        if (before) {
          faults.push(
            `Two modules own "${name}" of the extension point "${point}": ${before.origin} and ${origin}. Rename one of them.`,
          );
        } else if (fault !== undefined) faults.push(`${origin}: extension.${point}: "${name}" ${fault}`);
        else taken?.set(name, { module, origin, value });
      }
    }
  }
  return { extensions, faults };
}

/** A check that throws is at fault itself, and keeps nothing else from being told. */
function faultOf(point: Point | undefined, name: string, value: unknown, beside: DeclaredBeside): string | undefined {
  try {
    return point?.check(name, value, beside);
  } catch (error) {
    return `could not be checked by ${point?.origin}: ${describeError(error)}`;
  }
}

interface Point {
  readonly origin: string;
  readonly check: ExtensionCheck;
}

function pointsOf(configs: readonly LoadedConfig[], faults: string[]): ReadonlyMap<string, Point> {
  const points = new Map<string, Point>();
  for (const { origin, config } of configs) {
    for (const [point, check] of Object.entries(config.extensionPoint ?? {}) as [string, ExtensionCheck][]) {
      const before = points.get(point);
      if (before === undefined) points.set(point, { origin, check });
      else
        faults.push(
          `Two modules own the extension point "${point}": ${before.origin} and ${origin}. Rename one of them.`,
        );
    }
  }
  return points;
}

function nearestPoint(point: string, points: ReadonlyMap<string, Point>): string {
  return points.size === 0 ? 'Remove it, or add the module that has it.' : nearest(point, [...points.keys()]);
}
