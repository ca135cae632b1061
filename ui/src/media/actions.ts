/** What can be done with a file: each says what came of it, and asks where it has to. */
import type { Session } from '../session/session.svelte';
import { CODE, IMError } from '../tim';
import { said } from '../words/media/said';
import { fileNameText } from './names';

/** Saves it where the person says; where no dialog can be shown, among the downloads. */
export function save(session: Session, fileID: string): Promise<boolean> {
  const { tidings } = session.tim;
  return session.attempt(async () => {
    let saved;
    try {
      saved = await tidings.saveFile({ fileID });
    } catch (thrown) {
      if (IMError.from(thrown).code !== CODE.NOT_ON_THIS_DESKTOP) throw thrown;
      saved = await tidings.saveFileToDownloads({ fileID });
    }
    if (saved !== null) session.news = said.saved(fileNameText(saved.name), saved.folder);
  });
}

/** Opens it with the desktop's program; what may run code only after a question. */
export function open(session: Session, fileID: string, name: string): Promise<boolean> {
  return session.attempt(async () => {
    const { asks } = await session.tim.tidings.openFile({ fileID, confirmed: false });
    if (asks) session.files.asked = { id: fileID, name };
  });
}

export function showInFolder(session: Session, fileID: string): Promise<boolean> {
  return session.attempt(() => session.tim.tidings.showInFolder({ fileID }));
}

export async function copyPicture(session: Session, fileID: string): Promise<void> {
  if (await session.attempt(() => session.tim.tidings.copyImage({ fileID }))) session.news = said.copied;
}

/** Takes it out of the window with the pointer. */
export function dragOut(session: Session, event: DragEvent, fileID: string | null): void {
  // The browser would carry an address that leads nowhere.
  event.preventDefault();
  if (fileID !== null) session.tim.tidings.startDrag({ fileID }).catch(() => undefined);
}
