/** What kinds of files there are to the eye. */

export type FileSort =
  'document' | 'sheet' | 'slides' | 'archive' | 'sound' | 'film' | 'picture' | 'code' | 'program' | 'other';

const SORTS: [FileSort, string][] = [
  ['document', 'pdf doc docx odt rtf txt md tex pages epub'],
  ['sheet', 'xls xlsx ods csv tsv numbers'],
  ['slides', 'ppt pptx odp key'],
  ['archive', 'zip tar gz tgz bz2 xz zst 7z rar iso'],
  ['sound', 'mp3 m4a aac ogg oga opus flac wav wma mid'],
  ['film', 'mp4 m4v mov webm mkv avi wmv'],
  ['picture', 'jpg jpeg png gif webp bmp tif tiff heic heif avif svg psd raw'],
  ['code', 'js ts json xml html htm css rs c h cpp py go java kt swift rb php toml yaml yml sql log'],
  [
    'program',
    'exe msi bat cmd com scr ps1 vbs hta lnk url jar app dmg pkg deb rpm appimage run sh desktop pyw pyzw apk cpl reg scf',
  ],
];

/** What kind of file a name speaks of; it decides a colour, and nothing else. */
export function sortOf(name: string): FileSort {
  const ending = /\.([^.]+)$/u.exec(name.trim())?.[1]?.toLowerCase() ?? '';
  return SORTS.find(([, endings]) => endings.split(' ').includes(ending))?.[0] ?? 'other';
}
