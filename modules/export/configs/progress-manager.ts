import { defineProgressManager } from 'progress-manager';
import { z } from 'zod';
import { DownloadExportFileAction } from '../services/download-export-file-action.js';
import { ExportProgressManager } from '../services/export-progress-manager.js';

declare module 'progress-manager' {
  interface ProgressJobTypes {
    export: {
      readonly table: string;
      /** The highest id at push: rows added later are not exported. */
      readonly maxId?: number;
      /** How many rows there were at push. */
      readonly total?: number;
    };
  }
}

const schema = z.strictObject({ table: z.string().min(1).max(64).meta({ title: 'Table' }) });

export default defineProgressManager({
  actionService: { download_export_file: DownloadExportFileAction },
  type: {
    export: { service: ExportProgressManager, schema, action: { success: ['download_export_file'] } },
  },
});
