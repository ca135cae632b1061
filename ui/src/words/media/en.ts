/**
 * What the screens for files say, in English. They are fetched when they are needed, and so are their words: the first page
 * does not wait for them.
 */
import { pluralIn } from '../plural';

const count = pluralIn('en');

export const en = {
  // Before sending
  sendTitle: (n: number) => count(n, { one: 'Send a file', other: 'Send # files' }),
  sendPictures: (n: number) => count(n, { one: 'Send a picture', other: 'Send # pictures' }),
  sendTo: (name: string) => `To ${name}`,
  chosenFiles: 'Files to send',
  caption: 'Caption',
  captionHint: 'Add a caption',
  send: 'Send',
  addMore: 'Add more',
  remove: (name: string) => `Remove ${name}`,
  place: (name: string, at: number, of: number) => `${name}, ${at} of ${of}`,
  moved: (at: number, of: number) => `Now ${at} of ${of}`,
  how: 'Send as',
  asPictures: 'Pictures',
  asVideos: 'Videos',
  asFiles: 'Files',
  asFileOne: (name: string) => `Send ${name} as a file`,
  goesAsFile: (name: string) => `${name} goes as a file`,
  goesAsPicture: (name: string) => `${name} goes to be seen`,
  someAsFiles: (n: number) => count(n, { one: '# goes as a file:', other: '# go as files:' }),
  showRest: (n: number) => count(n, { one: 'Show # more', other: 'Show # more' }),
  asFilesHint: 'Every byte as it is, with all that the camera wrote into it.',
  smaller: (before: string, after: string) => `${before} become ${after}.`,
  sizeStays: (size: string) => `${size}, as it is.`,
  strips: 'Place and camera data are taken out.',
  together: 'Pictures go as an album.',
  reading: 'Reading files…',
  preparing: 'Preparing…',
  cannotGo: 'Cannot be sent',
  failedSome: (n: number) =>
    count(n, {
      one: '# file cannot be sent and stays behind.',
      other: '# files cannot be sent and stay behind.',
    }),
  leftOut: (n: number) =>
    count(n, {
      one: '# file was left out: too many at once.',
      other: '# files were left out: too many at once.',
    }),
  whyFile: {
    tooLarge: (n: number) =>
      count(n, {
        one: '# picture goes as a file: it is too large to be shown.',
        other: '# pictures go as files: they are too large to be shown.',
      }),
    broken: (n: number) =>
      count(n, {
        one: '# picture goes as a file: it is damaged.',
        other: '# pictures go as files: they are damaged.',
      }),
    unsupported: (n: number) =>
      count(n, {
        one: '# picture goes as a file: its kind cannot be shown here.',
        other: '# pictures go as files: their kind cannot be shown here.',
      }),
  },
  folders: (n: number) =>
    count(n, { one: 'A folder cannot be sent as it is.', other: '# folders cannot be sent as they are.' }),
  sendFolders: 'Add the files in it',
  giveUpTitle: 'Do not send?',
  giveUpBody: (n: number) =>
    count(n, {
      one: 'The file stays where it is. What you wrote below it is lost.',
      other: 'The files stay where they are. Their order and what you wrote is lost.',
    }),
  giveUp: 'Do not send',
  nothing: 'Nothing here can be sent.',
  // In a message
  retryOne: (name: string) => `Send ${name} again`,
  discardOne: (name: string) => `Discard ${name}`,
  viewPicture: (name: string) => `Picture ${name}`,
  viewFilm: (name: string, time: string) => `Video ${name}, ${time}`,
  playFilm: (name: string, time: string) => `Play video ${name}, ${time}`,
  playGif: 'Play',
  film: 'Video',
  unloadable: 'This cannot be shown just now.',
  again: 'Try again',
  unplayable: 'This video cannot be played here.',
  unplayableSound: 'This cannot be played here.',
  openInstead: 'Open with another program',
  play: 'Play',
  pause: 'Pause',
  position: 'Position',
  speed: (speed: number) => `Speed ${speed}×`,
  voiceOf: (time: string) => `Voice message, ${time}`,
  fileOf: (name: string, size: string) => `File ${name}, ${size}`,
  openFile: (name: string) => `Open ${name}`,
  mayRun: 'May run code',
  progress: 'Progress',
  cancelUpload: 'Cancel sending',
  cancelDownload: 'Cancel download',
  pauseUpload: 'Pause',
  resumeUpload: 'Go on',
  paused: 'Paused',
  waiting: 'Waits for the connection',
  ofSize: (done: string, total: string) => `${done} of ${total}`,
  // What can be done with a file
  saved: (name: string, folder: string) => `Saved as “${name}” in ${folder}`,
  copied: 'The picture is in the clipboard.',
  openTitle: 'This file may run code',
  openBody: (name: string) =>
    `“${name}” is a program, or can start one. Tidings does not open it. You can look at it in its folder and decide there.`,
  openAnyway: 'Show in folder',
  // The viewer
  viewer: 'Viewer',
  previous: 'Previous',
  next: 'Next',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  save: 'Save',
  copy: 'Copy picture',
  openWith: 'Open with another program',
  forward: 'Forward',
  keys: 'Keys',
  keysHelp: '← → previous and next · + − zoom · 0 fit · S save · Ctrl+C copy · Esc close',
  // Recording
  recording: 'Recording a voice message',
  level: 'Loudness',
  cancelRecording: 'Discard recording',
  stopRecording: 'Stop',
  sendVoice: 'Send voice message',
  longest: 'Ten minutes are the most.',
  noMicrophone: 'No microphone can be used. Check that one is plugged in and that Tidings may use it.',
  microphoneGone: 'The microphone went away. What was recorded is kept.',
  starting: 'Starting…',
  // Dropping
  dropHere: (name: string) => `Send to ${name}`,
  dropHint: 'Let go to choose how.',
  dropNowhere: 'Drop it on a conversation',
  // The media of a conversation
  mediaTitle: 'Media, files and links',
  media: 'Media',
  files: 'Files',
  links: 'Links',
  noMedia: 'Pictures and videos of this conversation come here.',
  noFiles: 'Files of this conversation come here.',
  noLinks: 'Links of this conversation come here.',
  more: 'Older ones',
  notNow: 'They come when there is a connection.',
  sentBy: (name: string, day: string) => `${name}, ${day}`,
  // Storage
  storage: 'Storage',
  used: 'Kept on this computer',
  usedOf: (bytes: string, limit: string) => `${bytes} of ${limit}`,
  usedFiles: (n: number) => count(n, { one: '# file', other: '# files' }),
  waitsToGo: (bytes: string) => `${bytes} wait to be sent and are never removed.`,
  storageHint:
    'What is removed here comes again from the server when you look at it, as long as it is kept there.',
  clear: 'Remove kept files',
  clearTitle: 'Remove kept pictures and files?',
  clearBody: 'They leave this computer. What the server still has comes again when you look at it.',
  clearYes: 'Remove',
  limit: 'Keep at most',
  autoDownload: 'Fetch originals ahead of time',
  autoNone: 'Never',
  upTo: (size: string) => `Up to ${size}`,
  // Exports and imports
  exportTitle: 'Export your data',
  exportHint:
    'Your messages, people and files, as plain files in a folder that you choose. Other programs can read them, and Tidings opens them on a new computer. They are not encrypted.',
  exportFetch: 'Fetch what is not on this computer',
  exportFetchHint: 'Older messages and original files that only the server has. It may take a while.',
  exportDo: 'Export…',
  exportRuns: 'Exporting',
  exportDone: (name: string, folder: string) => `“${name}” is in ${folder}.`,
  exportLacksMessages: (n: number) =>
    count(n, {
      one: '# message could not be had and is missing.',
      other: '# messages could not be had and are missing.',
    }),
  exportLacksFiles: (n: number) =>
    count(n, {
      one: '# file could not be had and is missing.',
      other: '# files could not be had and are missing.',
    }),
  exportShow: 'Show in folder',
  exportToDownloads: 'Export to Downloads',
  movingChoosing: 'Choose a folder…',
  movingSoFar: (messages: number, files: number, bytes: string) =>
    `${count(messages, { one: '# message', other: '# messages' })} · ${count(files, { one: '# file', other: '# files' })} · ${bytes}`,
  exportNoDialog: 'This desktop shows no dialog to choose a folder.',
  importNoDialog:
    'This desktop shows no dialog to choose a folder. Install zenity, or xdg-desktop-portal with its part for your desktop, and try again. Or quit Tidings and start it in a terminal, with the --profile that it had: tidings --import FOLDER',
  importOpen: 'Open an export',
  importRuns: 'Opening the export',
  importDone: (n: number) => count(n, { one: '# message is here now.', other: '# messages are here now.' }),
  importBroken: (lines: number, files: number) =>
    `${count(lines, { one: '# line', other: '# lines' })} and ${count(files, { one: '# file', other: '# files' })} could not be read.`,
  serverWas: (address: string) =>
    `It was ${address}, which may be another computer by now. Ask whoever hosts the space.`,
  goOnHostedLead: (space: string) =>
    `The messages here came from an export of ${space}, which a computer of yours hosted. Where it has moved to a server, and this account was given a password there, you go on where they end.`,
  goOnLead: (space: string) =>
    `The messages here came from an export of ${space}. With your password you go on where they end.`,
};

/** What every language has to say. */
export type MediaWords = typeof en;
