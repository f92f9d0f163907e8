import { defineProgressManager } from 'progress-manager';
import { z } from 'zod';
import { DownloadRejectedAction } from '../services/download-rejected-action.js';
import { ImportProgressManager } from '../services/import-progress-manager.js';

declare module 'progress-manager' {
  interface ProgressJobTypes {
    import: {
      readonly table: string;
      /** By default told by the file's name. */
      readonly format?: 'csv' | 'jsonl';
      /** The header of a CSV file; read by the first slice, kept for the others. */
      readonly columns?: readonly string[];
      /** The line on which the next slice begins. */
      readonly line?: number;
    };
  }
}

/** What a push may say. The file itself is uploaded: data never names a path. */
const schema = z
  .strictObject({
    table: z.string().min(1).max(64).meta({ title: 'Table' }),
    format: z
      .enum(['csv', 'jsonl'])
      .optional()
      .meta({ title: 'Format', description: 'By default told by the name of the file.' }),
  })
  .meta({ 'x-files': 1, 'x-accept': '.csv,.jsonl' });

export default defineProgressManager({
  actionService: { download_rejected: DownloadRejectedAction },
  type: {
    import: { service: ImportProgressManager, schema, action: { success: ['download_rejected'] } },
  },
});
