import { defineProgressManager } from 'progress-manager';
import { BackgroundJobs } from '../services/background-jobs.js';

declare module 'progress-manager' {
  interface Services {
    readonly backgroundJobs: BackgroundJobs;
  }
}

export default defineProgressManager({ services: { backgroundJobs: BackgroundJobs } });
