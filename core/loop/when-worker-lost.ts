import type { JobTypeConfig } from '../contracts/config.js';

/** What the death of a worker in the middle of a slice means for jobs of this type: a sliced service can resume. */
export function whenWorkerLost(config: JobTypeConfig | undefined): 'resume' | 'error' {
  return config?.whenWorkerLost ?? (config?.run ? 'error' : 'resume');
}

export const resumes = (config: JobTypeConfig | undefined) => whenWorkerLost(config) === 'resume';
