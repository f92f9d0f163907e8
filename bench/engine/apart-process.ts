import type { Answer, Asked, Kind } from './apart.js';

/** Only what it needs is loaded. */
const OPEN: Readonly<Record<Kind, (where: string) => Promise<object>>> = {
  ours: async (url) => (await import('./ours.js')).Ours.open(url),
  raw: async (url) => new (await import('./raw.js')).Raw(url),
  bullmq: async (port) => new (await import('./bullmq.js')).BullMq(Number(port)),
  graphile: async (port) => new (await import('./graphile.js')).Graphile(Number(port)).open(),
};

const [kind, where] = process.argv.slice(2) as [Kind, string];
const contender = await OPEN[kind](where);

const say = (answer: Answer) => void process.send?.(answer);

process.on('message', async ({ method, args }: Asked) => {
  try {
    say({ value: await Reflect.apply(Reflect.get(contender, method), contender, args) });
  } catch (error) {
    say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
process.once('disconnect', () => process.exit());
say({ value: Reflect.get(contender, 'name') });
