/** What a paste brings: text stays text, also with a picture beside it; files go their own way. */

export type Pasted =
  | { kind: 'text' }
  | { kind: 'files'; files: File[] }
  /** The desktop knows more than the page: `text` is what is pasted when it does not. */
  | { kind: 'native'; text: string };

export function pastedOf(data: Pick<DataTransfer, 'types' | 'files' | 'getData'> | null): Pasted {
  if (data === null) return { kind: 'native', text: '' };
  const text = data.getData('text/plain');
  const list = data.getData('text/uri-list');
  // Files that were copied in a file manager come as their addresses, and some desktops write these as text too. WebKitGTK
  // says that there are addresses and keeps them to itself; left alone, it would write the files' paths.
  const keepsFiles = data.types.includes('text/uri-list') && list === '' && text === '';
  if (keepsFiles || namesFiles(list) || (data.files.length === 0 && namesFiles(text)))
    return { kind: 'native', text };
  if (text !== '') return { kind: 'text' };
  const files = [...data.files];
  if (files.length > 0) return { kind: 'files', files };
  return data.types.length === 0 ? { kind: 'native', text: '' } : { kind: 'text' };
}

function namesFiles(list: string): boolean {
  const lines = list.split(/\r?\n/u).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.length > 0 && lines.every((line) => line.startsWith('file://'));
}
