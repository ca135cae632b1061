/** Exports and imports in the fake: they end at once, or when a test says so. */
import type { Bridge, ShellEvent } from './bridge';
import type { ExportView } from './generated/ExportView';
import type { ImportReport } from './generated/ImportReport';
import { refusal } from './fake-world';

const WHOLE: ExportView = {
  name: 'Tidings export, ann, 2026-11-23',
  folder: 'Documents',
  messages: 1203,
  files: 57,
  bytes: 123_456_789,
  missingMessages: 0,
  missingFiles: 0,
};

const REPORT: ImportReport = {
  messages: 1203,
  files: 57,
  bytes: 123_456_789,
  brokenLines: 0,
  brokenFiles: 0,
};

/** The methods of exports. */
export abstract class FakeExports {
  /** This desktop has no dialogs and no microphone. */
  isBare = false;
  /** What comes of an export. */
  exported: ExportView = WHOLE;
  /** What comes of an import, and whose messages they are. */
  imported: ImportReport & { userID: string } = { ...REPORT, userID: 'ann' };
  /** Which server an import says its space is on; empty: its user's own computer hosted it. */
  importedFrom = 'harbour.local:4433';
  /** Exports and imports run until {@link endMoving} or until they are stopped. */
  isMovingSlow = false;
  #end: ((isDone: boolean) => void) | null = null;

  abstract emit(event: ShellEvent): void;
  /** Notes the call, waits as long as the fake's answers take, throws what a test wants refused. */
  protected abstract called(method: keyof Bridge, request?: unknown): Promise<void>;
  protected abstract signedInByImport(userID: string): void;

  /** What runs comes to its end. */
  endMoving(): void {
    this.#end?.(true);
  }

  async exportData(request: Parameters<Bridge['exportData']>[0]): Promise<ExportView | null> {
    await this.called('exportData', request);
    if (this.isBare && !request.toDownloads) throw refusal(120023, 'unavailable');
    return (await this.#move('export')) ? this.exported : null;
  }

  async cancelExport(): Promise<void> {
    await this.called('cancelExport');
    this.#end?.(false);
  }

  async showExport(): Promise<void> {
    await this.called('showExport');
  }

  async importData(): Promise<ImportReport | null> {
    await this.called('importData');
    if (this.isBare) throw refusal(120023, 'unavailable');
    if (!(await this.#move('import'))) return null;
    const { userID, ...report } = this.imported;
    this.signedInByImport(userID);
    return report;
  }

  async cancelImport(): Promise<void> {
    await this.called('cancelImport');
    this.#end?.(false);
  }

  async #move(direction: 'export' | 'import'): Promise<boolean> {
    const progress = { direction, messages: 400, messagesOf: 1203, files: 12, bytes: 12_345_678 };
    this.emit({ event: 'exportProgress', ...progress });
    if (!this.isMovingSlow) return true;
    const isDone = await new Promise<boolean>((resolve) => (this.#end = resolve));
    this.#end = null;
    return isDone;
  }
}
