import type { Tables } from 'progress-manager';

/** The tables that bundled modules may touch, what each column takes, and who may do what. Nothing else is in reach. */
export const tables: Tables = {
  place: {
    id: 'id',
    columns: {
      name: { kind: 'text', required: true, maxLength: 200 },
      lat: { kind: 'number', required: true },
      lng: { kind: 'number', required: true },
      country: { kind: 'text', maxLength: 2 },
      admin1: { kind: 'text', maxLength: 80 },
      admin2: { kind: 'text', maxLength: 80 },
      reviewed: { kind: 'boolean' },
    },
    import: 'users',
    export: 'users',
    massAction: 'admins',
  },
};
