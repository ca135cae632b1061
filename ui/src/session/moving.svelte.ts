/** An export or import that runs, whatever screen is shown meanwhile, and what came of the last export. */
import {
  CODE,
  IMError,
  TIDINGS_EVENT,
  type Exported,
  type ExportProgress,
  type ImportReport,
  type TimClient,
} from '../tim';
import { problemOf } from './problems';

export class Moving {
  /** What runs. */
  running = $state<ExportProgress['direction'] | null>(null);
  /** How far it is; nothing while a person chooses a folder. */
  progress = $state.raw<ExportProgress | null>(null);
  isStopping = $state(false);
  problem = $state('');
  /** This desktop has no dialog that asks for a folder. */
  hasNoDialog = $state(false);
  done = $state.raw<Exported | null>(null);
  readonly #tim: TimClient;

  constructor(tim: TimClient) {
    this.#tim = tim;
    tim.on(TIDINGS_EVENT.EXPORT, ({ data }) => {
      if (data.direction === this.running) this.progress = data;
    });
  }

  async export(fetch: boolean, toDownloads = false): Promise<void> {
    const { tidings } = this.#tim;
    this.done = null;
    const done = await this.#run('export', () => tidings.exportData({ fetch, toDownloads }));
    this.done = done ?? null;
  }

  import(): Promise<ImportReport | null | undefined> {
    return this.#run('import', () => this.#tim.tidings.importData());
  }

  async stop(): Promise<void> {
    const { tidings } = this.#tim;
    this.isStopping = true;
    try {
      await (this.running === 'export' ? tidings.cancelExport() : tidings.cancelImport());
    } catch (thrown) {
      console.warn('it could not be stopped', thrown);
    }
  }

  async show(): Promise<void> {
    try {
      await this.#tim.tidings.showExport();
    } catch (thrown) {
      this.problem = problemOf(thrown).text;
    }
  }

  /** Somebody else looks at this now. */
  forget(): void {
    this.done = null;
    this.problem = '';
    this.hasNoDialog = false;
  }

  async #run<Result>(
    direction: ExportProgress['direction'],
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    if (this.running !== null) return undefined;
    this.running = direction;
    this.progress = null;
    this.isStopping = false;
    this.problem = '';
    this.hasNoDialog = false;
    try {
      return await work();
    } catch (thrown) {
      this.problem = problemOf(thrown).text;
      this.hasNoDialog = IMError.from(thrown).code === CODE.NOT_ON_THIS_DESKTOP;
      return undefined;
    } finally {
      this.running = null;
      this.progress = null;
    }
  }
}
