/** Messages with files for the fake, to look at: pictures of all shapes, albums, a video, a voice, files with strange names. */
import type { FakeBridge, FakeWorld } from './bridge/fake';
import type { Given } from './bridge/fake-media';

const minute = 60_000;
let serial = 0;

function newID(): string {
  serial += 1;
  return (serial * 7919).toString(16).padStart(32, 'a');
}

function image(width: number, height: number, more: object = {}): object {
  const sized = (sizeType: number, least: number): object => {
    const scale = Math.min(1, least / Math.min(width, height));
    const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    return { sizeType, size: w * h, width: w, height: h, instanceID: newID() };
  };
  const imageInfoArray = [sized(1, Infinity), sized(2, 720), sized(3, 198)];
  const [whole] = imageInfoArray as { instanceID: string }[];
  return {
    uuid: `0-bob-${whole?.instanceID ?? ''}`,
    imageFormat: 1,
    imageInfoArray,
    fileName: 'IMG_2041.jpg',
    thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI',
    ...more,
  };
}

function video(width: number, height: number, more: object = {}): object {
  const id = newID();
  return {
    videoUUID: `0-bob-${id}`,
    videoFormat: 'mp4',
    videoSecond: 74,
    videoSize: 18_400_000,
    videoDownloadFlag: 2,
    thumbUUID: `0-bob-${newID()}`,
    thumbFormat: 'jpg',
    thumbWidth: width,
    thumbHeight: height,
    thumbSize: 9000,
    thumbDownloadFlag: 2,
    width,
    height,
    fileName: 'harbour at dawn.mp4',
    thumbhash: '1QcSHQRnh493V4dIh4eXh1h4kJUI',
    ...more,
  };
}

const file = (fileName: string, fileSize: number, more: object = {}): object => ({
  uuid: `0-bob-${newID()}`,
  fileName,
  fileSize,
  downloadFlag: 2,
  ...more,
});

/** Fills the conversation with Bob; `many` pictures more before the others. */
export function tellFiles(world: FakeWorld, many: number): void {
  const now = Date.now();
  let ago = 120 + many;
  const tell = (from: string, to: string, type: string, payload: object, more = {}): number => {
    ago -= 1;
    return world.tell(from, to, type, payload, now - ago * minute, more).seq;
  };
  const bob = (type: string, payload: object, more = {}): number => tell('bob', 'owner', type, payload, more);
  const mine = (type: string, payload: object, more = {}): number =>
    tell('owner', 'bob', type, payload, more);
  for (let index = 0; index < many; index += 1)
    bob('TIMImageElem', image(400 + ((index * 137) % 1200), 300 + ((index * 211) % 900)));
  world.say(
    'bob',
    'owner',
    'Here is what I saw this morning. More at https://harbour.example.org/album',
    now - 119 * minute,
  );
  const first = bob(
    'TIMImageElem',
    image(4000, 3000, { caption: 'The pier, just before six. Look at the colour of the water [Heart]' }),
  );
  mine('TIMImageElem', image(3000, 4000));
  bob('TIMImageElem', image(5000, 900));
  bob('TIMImageElem', image(48, 48, { fileName: 'icon.png' }));
  bob('TIMImageElem', image(640, 480, { animated: true, fileName: 'wave.gif' }));
  bob('TIMVideoFileElem', video(1920, 1080, { caption: 'Turn the sound on.' }));
  mine('TIMVideoFileElem', video(1080, 1920));
  const shapes: [number, number][] = [
    [4000, 3000],
    [3000, 4000],
    [4000, 2200],
    [3000, 3000],
    [4000, 3000],
    [2600, 4000],
    [4000, 3000],
    [3000, 2000],
    [2000, 3000],
    [4000, 3000],
  ];
  for (const count of [2, 3, 5, 10])
    shapes.slice(0, count).forEach(([width, height], at) => {
      const album = { album: `a${count}`, caption: at === 0 && count === 3 ? 'Three of the blue boat' : '' };
      const send = count % 2 === 0 ? mine : bob;
      if (at === 1) send('TIMVideoFileElem', video(width, height, album));
      else send('TIMImageElem', image(width, height, album));
    });
  const waveform = Array.from({ length: 64 }, (_none, at) =>
    Math.round(16 + 15 * Math.sin(at / 3) * Math.cos(at / 7)),
  );
  bob('TIMSoundElem', { uuid: `0-bob-${newID()}`, second: 12, size: 48_000, downloadFlag: 2, waveform });
  mine('TIMSoundElem', { uuid: `0-owner-${newID()}`, second: 95, size: 480_000, downloadFlag: 2, waveform });
  bob('TIMFileElem', file('Tide tables 2027.pdf', 2_345_678, { caption: 'For the wall.' }));
  mine(
    'TIMFileElem',
    file(
      'A very long name of a file that nobody would give a file, but here it is all the same.xlsx',
      84_000,
    ),
  );
  bob('TIMFileElem', file('holiday\u202Egpj.exe', 1_200_000));
  bob('TIMFileElem', file('报价单（最终版）.docx', 345_000));
  bob('TIMFileElem', file('README', 800));
  const reply = { cloudCustomData: JSON.stringify({ reply: { seq: first, from: 'bob', text: '' } }) };
  world.tell(
    'owner',
    'bob',
    'TIMTextElem',
    { text: 'That one is for the calendar.' },
    now - 3 * minute,
    reply,
  );
  world.react('owner', 'C2Cbob', first, '❤️', true);
  world.tell('mei', 'owner', 'TIMImageElem', image(800, 600, { caption: '看看这个' }), now - 30 * minute);
  world.tell(
    'carla',
    'owner',
    'TIMSoundElem',
    { uuid: newID(), second: 8, size: 1, waveform },
    now - 50 * minute,
  );
  world.tell('david', 'owner', 'TIMFileElem', file('minutes.odt', 45_000), now - 70 * minute);
  world.tell('elif', 'owner', 'TIMVideoFileElem', video(640, 480), now - 80 * minute);
  world.tell('farid', 'owner', 'TIMImageElem', image(64, 64, { animated: true }), now - 90 * minute);
}

const OFFERS: Record<string, Given[]> = {
  picture: [{ name: 'IMG_2041.jpg', size: 12_400_000 }],
  pictures: [
    { name: 'IMG_2041.jpg', size: 12_400_000 },
    { name: 'the pier.png', size: 3_100_000 },
    { name: 'clip.mp4', size: 40_100_000, hasPreview: true },
    { name: 'wave.gif', size: 900_000, animated: true },
    { name: 'empty.jpg', size: 0 },
  ],
  files: [
    { name: 'Tide tables 2027.pdf' },
    { name: 'rope.xlsx' },
    { name: 'photo\u202Egpj.exe' },
    { name: 'huge.zip', size: 204_857_600 },
  ],
};

/** Files are dropped on the open chat. */
export function offerFiles(bridge: FakeBridge, what: string): void {
  const folders = what === 'folders' ? [{ name: 'in a folder.txt' }] : [];
  bridge.drop(OFFERS[what] ?? [], innerWidth - 200, 200, folders);
}
