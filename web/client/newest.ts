import type { JobView } from './job.js';

/** The jobs of an answer, none of them older than what is known of it already. */
export function newestOf(known: readonly JobView[], answered: readonly JobView[]): readonly JobView[] {
  const before = new Map(known.map((job) => [job.id, job]));
  return answered.map((job) => newerOf(before.get(job.id), job));
}

/** The later of two views of a job; within an attempt a bar never goes back. */
export function newerOf(known: JobView | undefined, job: JobView): JobView {
  if (known === undefined || job.attempt > known.attempt) return job;
  if (job.attempt < known.attempt || job.modifiedAt < known.modifiedAt) return known;
  if (job.progress >= known.progress || job.status.key !== 'in_progress') return job;
  return { ...job, progress: known.progress, processed: known.processed };
}
