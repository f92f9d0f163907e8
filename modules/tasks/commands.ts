import { defineCommands, type Services } from 'progress-manager';
import type { TaskData, TaskRequest } from './services/task-data.js';

type Added = Readonly<Record<'file' | 'next' | 'signature' | 'user', string | undefined>>;
type Several = Readonly<Record<'param' | 'secret', readonly string[] | undefined>>;

export default defineCommands((program, line) => {
  const { several, number, pairs, json, secrets } = line.options;
  const command = (name: string, description: string) => program.command(name).description(description);
  const withTasks = <T>(work: (tasks: Services['tasks']) => Promise<T>) =>
    line.withApp(({ container }) => work(container.get('tasks')));

  command('task:add <method>', 'add a task, and print its id')
    .option('--param <name=value>', 'a parameter; several may be given', several)
    .option('--secret <name=@file>', 'a hidden one, from a file, or name=- from stdin; several may be given', several)
    .option('--file <path>', 'an .xlsx or .ods file')
    .option('--signature <text>', 'what pages find it by')
    .option('--user <email>', 'whose it is')
    .option('--next <json>', 'what runs once it has succeeded: {"method", "parameters", …}, @file or -')
    .action(async (method: string, { param, secret, signature, user: userEmail, ...given }: Added & Several) => {
      const [secretParameters, next] = [await secrets(secret), (await json(given.next, '--next')) as TaskRequest];
      const file = given.file && { path: given.file };
      const task = { method, parameters: pairs(param, '--param'), secretParameters, file, signature, userEmail, next };
      const id = await withTasks((tasks) => tasks.add(task));
      line.result({ id }, () => String(id));
    });
  command('task:show <id>', 'show a task').action(async (id) => line.result(await withTasks((tasks) => tasks.get(id))));
  command('task:stop <id>', 'end a running task, and its process').action(async (id: string) => {
    const answer = await withTasks((tasks) => tasks.stop(id));
    line.result(answer, () => JSON.stringify(answer));
    line.exitWith('error' in answer ? 1 : 0);
  });
  command('tache:run <id>', 'run one task here; exits with 0 for success, 1 for failure, 2 for invalid')
    .option('--debug', 'show live what it says by debug')
    .action(async (id: string, options: { readonly debug?: boolean }) => {
      await withTasks(async (tasks) => (await tasks.get(id)).status === 'RUNNING' || tasks.start(id));
      const { data } = await line.run(id, options);
      const task = await withTasks((tasks) => tasks.get(id));
      line.result(task, () => `${id}: ${task.status}`);
      // One that was interrupted has the code of an earlier run, or none.
      line.exitWith(task.status === 'COMPLETED' ? 0 : task.status === 'FAILED' ? ((data as TaskData).code ?? 1) : 1);
    });
  command('tachesManager:start', 'run tasks for a while, then let those that run end; for cron, each minute')
    .option('--loop <rounds>', 'how many rounds (LOOP, or 10)', line.env.LOOP ?? '10')
    .option('--sleep <seconds>', 'how long each is (SLEEP, or 6)', line.env.SLEEP ?? '6')
    .action(({ loop, sleep }: Readonly<Record<'loop' | 'sleep', string>>) =>
      line.work(1000 * number(loop, '--loop or LOOP') * number(sleep, '--sleep or SLEEP'), '--loop times --sleep'),
    );
});
