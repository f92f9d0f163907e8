import { defineProgressManager } from 'progress-manager';
import { AllowedTables } from '../services/allowed-tables.js';
import { CsvText } from '../services/csv-text.js';
import { RowWriter } from '../services/row-writer.js';

/** What the modules that touch the application's tables have in common. They inject it by key; no module imports another. */
declare module 'progress-manager' {
  interface Services {
    readonly allowedTables: AllowedTables;
    readonly csvText: CsvText;
    readonly rowWriter: RowWriter;
  }
}

export default defineProgressManager({
  services: { allowedTables: AllowedTables, csvText: CsvText, rowWriter: RowWriter },
});
