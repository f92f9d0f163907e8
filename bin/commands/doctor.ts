import type { Command } from 'commander';
import { readSettings, type Settings } from '../../config/settings.js';
import { ConfigurationError } from '../../core/contracts/errors.js';
import { jsonLogger } from '../../core/logging/json-logger.js';
import { SecretKeys } from '../../core/secrets/secret-keys.js';
import { examine } from '../../core/upkeep/doctor/examine.js';
import { type Finding, misconfigured, ok } from '../../core/upkeep/doctor/finding.js';
import { Migrator } from '../../migrations/index.js';
import type { CommandContext } from '../command-context.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { countsOf, findingsText } from '../findings-text.js';

/** `doctor`: what is wrong with settings, modules, database, jobs and disks, and what to do. It changes nothing. */
export function addDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('look for what is wrong, and say what to do: settings, modules, database, jobs, disks')
    .action(() => doctor(context));
}

async function doctor(context: CommandContext): Promise<void> {
  const { root, output } = context;
  const { findings: ofSettings, settings } = examineSettings(context.env);
  const found = await examine({
    root,
    keyIds: settings && new SecretKeys(settings.secretKeys).ids,
    filesDir: settings?.filesDir ?? (context.env.PM_FILES_DIR || './data/files'),
    database: settings && {
      url: settings.databaseUrl,
      pool: settings.pool,
      tables: (database) => new Migrator(database, root, jsonLogger('silent')).standing(),
    },
  });
  const findings = [...ofSettings, ...found];
  const { failures } = countsOf(findings);
  const checks = findings.map(({ name, outcome, found, remedy }) => ({ name, outcome, found, remedy: remedy ?? null }));
  output.result({ isWell: failures === 0, ...countsOf(findings), checks }, () => findingsText(findings, output));
  context.exitWith(exitCodeFor(findings));
}

/** With a fault in one setting, what can be looked at is looked at with the others. */
function examineSettings(env: CommandContext['env']): { findings: readonly Finding[]; settings?: Settings } {
  try {
    return { findings: [ok('settings', 'They are sound.')], settings: readSettings(env) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const remedy = 'Mend it: nothing starts with it.';
    const findings = error.faults.map((fault) => misconfigured('settings', fault, remedy));
    const { DATABASE_URL, PM_FILES_DIR } = env;
    try {
      return { findings, settings: readSettings({ DATABASE_URL, PM_FILES_DIR }) };
    } catch {
      // Told above: it is among the faults.
      return { findings };
    }
  }
}

function exitCodeFor(findings: readonly Finding[]): ExitCode {
  const failures = findings.filter(({ outcome }) => outcome === 'failure');
  if (failures.length === 0) return EXIT.done;
  return failures.every(({ isConfiguration }) => isConfiguration) ? EXIT.configuration : EXIT.failed;
}
