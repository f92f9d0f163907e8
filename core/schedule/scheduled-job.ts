import type { RegisteredSchedule, ScheduledJob } from '../contracts/schedule.js';

/** The job of one run. `time`: ISO 8601 in UTC. Throws what the schedule's `data` function throws. */
export async function scheduledJob(schedule: RegisteredSchedule, time: string): Promise<ScheduledJob> {
  const { key, name, jobKey, config } = schedule;
  const { type, data, userId, isHidden, priority, next } = config;
  return {
    ...{ schedule: key, name, type },
    data: typeof data === 'function' ? await data({ schedule: key, time }) : data,
    options: {
      ...(userId !== undefined && { userId }),
      ...(isHidden !== undefined && { isHidden }),
      ...(priority !== undefined && { priority }),
      ...(jobKey !== undefined && { key: jobKey }),
      ...(next !== undefined && { next }),
    },
  };
}
